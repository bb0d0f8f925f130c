/** A piece of this many bytes of JSON takes some milliseconds from one thread to another. */
const PIECE_BYTES = 2_097_152;
/** Lists stand in the root of a body, or in an object there. */
const LIST_DEPTH = 2;

/** A value whose long lists are empty yet, and those lists: the same arrays, also after the way between threads. */
export interface Outline {
  readonly value: unknown;
  readonly lists: readonly unknown[][];
}

/** More items for one of the lists. */
export interface Items {
  /** Index in `lists`. */
  readonly list: number;
  readonly items: readonly unknown[];
}

/** Cuts the value of a body of this many bytes. As a whole, 30 MB would hold up the thread that takes them. */
export function* cut(value: unknown, bytes: number): Generator<Outline | Items, undefined> {
  const pieces = Math.ceil(bytes / PIECE_BYTES);
  const lists = pieces === 1 ? [] : longLists(value, LIST_DEPTH);
  const contents = lists.map((list) => list.splice(0));
  yield { value, lists };
  for (const [list, items] of contents.entries()) {
    const size = Math.ceil(items.length / pieces);
    for (let at = 0; at < items.length; at += size) yield { list, items: items.slice(at, at + size) };
  }
}

export function addItems({ lists }: Outline, { list, items }: Items): void {
  for (const item of items) lists[list]!.push(item);
}

function longLists(value: unknown, depth: number): unknown[][] {
  if (Array.isArray(value)) return value.length > 1 ? [value] : [];
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member) => longLists(member, depth - 1));
}
