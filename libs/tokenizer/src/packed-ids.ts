/** Ids of several texts laid end to end: text i is ids[offsets[i], offsets[i + 1]). Two transfers for any number of texts. */
export interface PackedIds {
  readonly ids: Int32Array<ArrayBuffer>;
  readonly offsets: Int32Array<ArrayBuffer>;
}

export function packIds(texts: readonly (readonly number[])[]): PackedIds {
  const offsets = new Int32Array(texts.length + 1);
  texts.forEach((ids, index) => {
    offsets[index + 1] = offsets[index]! + ids.length;
  });
  const packed = new Int32Array(offsets[texts.length]!);
  texts.forEach((ids, index) => packed.set(ids, offsets[index]));
  return { ids: packed, offsets };
}

/** Views on the packed ids, one per text; nothing is copied. */
export function unpackIds({ ids, offsets }: PackedIds): Int32Array[] {
  return Array.from({ length: offsets.length - 1 }, (_, index) => ids.subarray(offsets[index], offsets[index + 1]));
}
