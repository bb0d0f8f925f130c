import type { StoredDtype } from '#libs/tensor';
import { isObject, type Json } from './json-file.js';
import { ModelError } from './model-error.js';
import { shown } from './shown.js';

/** Where a tensor lies in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offsetBytes: number;
}

/** What a file may hold: weights, the parts that quantised weights are stored in, and what no weight is made of. */
export type FileDtype =
  | StoredDtype
  | 'float64'
  | 'float8'
  | 'float8_e5m2'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

export const DTYPE_BYTES: Readonly<Record<FileDtype, number>> = {
  bfloat16: 2,
  float16: 2,
  float32: 4,
  float64: 8,
  float8: 1,
  float8_e5m2: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

/** As a file spells them. */
export const DTYPE_NAMES: Readonly<Record<FileDtype, string>> = {
  bfloat16: 'BF16',
  float16: 'F16',
  float32: 'F32',
  float64: 'F64',
  float8: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  int8: 'I8',
  uint8: 'U8',
  int16: 'I16',
  uint16: 'U16',
  int32: 'I32',
  uint32: 'U32',
  int64: 'I64',
  uint64: 'U64',
  bool: 'BOOL',
};

const DTYPES: ReadonlyMap<string, FileDtype> = new Map(
  Object.entries(DTYPE_NAMES).map(([dtype, name]) => [name, dtype as FileDtype]),
);

/** An entry whose parts have the right types, its numbers not yet compared with anything. */
interface RawEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the start of the data. */
  readonly start: number;
  readonly end: number;
}

/** Where a file's header ends and how long the file is; `path` is for the messages. */
export interface HeaderPlace {
  readonly path: string;
  readonly dataStart: number;
  readonly fileBytes: number;
}

/**
 * Reads the JSON header of a safetensors file and holds it against the file. As in the format's own library, the tensors
 * must fill the data without overlap, gap or rest. Throws ModelError that names the file and the tensor.
 */
export function parseHeader(header: Uint8Array, place: HeaderPlace): readonly TensorEntry[] {
  const entries = Object.entries(parseJson(header, place.path))
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => rawEntry(name, entry, place.path));
  requireLength(entries, place);
  requireSizes(entries, place.path);
  requireNoOverlap(entries, place.path);
  return entries.map(({ name, dtype, shape, start }) => ({
    name,
    dtype: DTYPES.get(dtype)!,
    shape,
    offsetBytes: place.dataStart + start,
  }));
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function parseJson(header: Uint8Array, path: string): Json {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new ModelError(`${path} is not a safetensors file: its header is not JSON`, { cause });
  }
  throw new ModelError(`${path} is not a safetensors file: its header must be a JSON object`);
}

function rawEntry(name: string, value: unknown, path: string): RawEntry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (typeof dtype === 'string' && areSizes(shape) && areSizes(offsets) && offsets.length === 2) {
    return { name, dtype, shape, start: offsets[0]!, end: offsets[1]! };
  }
  throw new ModelError(
    `${path}: the header entry of ${name} must have a dtype, a shape and two data_offsets, got ${shown(value)}`,
  );
}

function areSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The files of a commit are not held against the hub while they are there, and a start without network cannot bring them. */
export const FETCH_AGAIN =
  'fetch it again: delete the file, and where it came from the hub the next start with a network brings it';

/** Says how long the file should be, which is what a broken download is recognised by. */
function requireLength(entries: readonly RawEntry[], { path, dataStart, fileBytes }: HeaderPlace): void {
  const expected = entries.reduce((end, entry) => Math.max(end, entry.start, entry.end), 0) + dataStart;
  if (fileBytes < expected) {
    throw new ModelError(`${path} is truncated: it has ${fileBytes} bytes, expected ${expected}; ${FETCH_AGAIN}`);
  }
  if (fileBytes > expected) {
    throw new ModelError(`${path} is longer than its header says: it has ${fileBytes} bytes, expected ${expected}`);
  }
}

function requireSizes(entries: readonly RawEntry[], path: string): void {
  for (const { name, dtype, shape, start, end } of entries) {
    const known = DTYPES.get(dtype);
    if (known === undefined) {
      throw new ModelError(
        `${path}: ${name} is stored as ${dtype}, expected one of ${[...DTYPES.keys()].join(', ')}; save the model again in BF16`,
      );
    }
    const expected = elementCount(shape) * DTYPE_BYTES[known];
    if (end - start === expected) continue;
    throw new ModelError(
      `${path}: ${name} ${dtype} [${shape.join(', ')}] takes ${expected} bytes, but its data_offsets span ${end - start}`,
    );
  }
}

function requireNoOverlap(entries: readonly RawEntry[], path: string): void {
  let filled = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== filled) {
      const fault = start < filled ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new ModelError(`${path}: ${name} ${fault}: it starts at byte ${start} of the data, expected ${filled}`);
    }
    filled = end;
  }
}
