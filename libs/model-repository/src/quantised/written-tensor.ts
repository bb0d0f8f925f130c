import { toBfloat16, toFloat32, type StoredTensor } from '#libs/tensor';
import { DTYPE_BYTES, elementCount, type FileDtype } from '../safetensors-header.js';

/** A tensor that is made while it is written. */
export interface WrittenTensor {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  /** Little-endian elements, row-major, some rows at a time. */
  chunks(): Iterable<Uint8Array>;
}

const CHUNK_ELEMENTS = 2 ** 20;
const LEVELS = 127;
/** A row of zeros may have any scale. */
const LEAST_SCALE = 2 ** -100;

export function bytesOf({ dtype, shape }: WrittenTensor): number {
  return elementCount(shape) * DTYPE_BYTES[dtype];
}

export function whole(stored: StoredTensor): WrittenTensor {
  return { ...header(stored, stored.dtype), chunks: () => pieces(stored) };
}

/** A weight that has more bits than others; float16 has as many. */
export function inBfloat16(stored: StoredTensor): WrittenTensor {
  if (stored.dtype !== 'float32') return whole(stored);
  return {
    ...header(stored, 'bfloat16'),
    *chunks() {
      for (const bytes of pieces(stored)) yield bytesIn(toBfloat16(toFloat32(bytes, stored.dtype)));
    },
  };
}

/**
 * A weight [N, K] as whole numbers of 8 bits and, behind them, the scale of each row: the largest magnitude of a row is 127. Scales
 * are float32: compressed-tensors rounds weights to the type of their scales.
 */
export function inInt8(stored: StoredTensor): [numbers: WrittenTensor, scales: WrittenTensor] {
  const [rowCount, columns] = stored.shape as [number, number];
  const scales = new Float32Array(rowCount);
  const numbers: WrittenTensor = {
    ...header(stored, 'int8'),
    *chunks() {
      let row = 0;
      for (const bytes of pieces(stored)) {
        const values = toFloat32(bytes, stored.dtype);
        const rounded = new Int8Array(values.length);
        for (let start = 0; start < values.length; start += columns, row += 1) {
          scales[row] = roundRow(values.subarray(start, start + columns), rounded.subarray(start, start + columns));
        }
        yield bytesIn(rounded);
      }
    },
  };
  const scale: WrittenTensor = {
    name: `${stored.name}_scale`,
    dtype: 'float32',
    shape: [rowCount, 1],
    // Known once the numbers are written, which are before them.
    *chunks() {
      yield bytesIn(scales);
    },
  };
  return [numbers, scale];
}

/** Answers the scale. */
function roundRow(values: Float32Array, out: Int8Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = Math.fround(Math.max(largest / LEVELS, LEAST_SCALE));
  for (let index = 0; index < values.length; index += 1) out[index] = Math.round(values[index]! / scale);
  return scale;
}

function* pieces(stored: StoredTensor): Iterable<Uint8Array> {
  const [rowCount = 1, ...rest] = stored.shape;
  const atOnce = Math.max(1, Math.floor(CHUNK_ELEMENTS / elementCount(rest)));
  for (let first = 0; first < rowCount; first += atOnce) {
    yield stored.read({ first, count: Math.min(atOnce, rowCount - first) });
  }
}

function header({ name, shape }: StoredTensor, dtype: FileDtype) {
  return { name, dtype, shape };
}

function bytesIn(array: Int8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
