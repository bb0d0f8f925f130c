import type { StoredTensor } from '#libs/tensor';
import { isObject } from '../json-file.js';
import { ModelError } from '../model-error.js';
import { numbersOf } from './numbers.js';
import { madeOf, withInt8, type Parts } from './quantised-weight.js';

/** 8 bits: the largest magnitude of each row (SCB) is 127. 4 bits: numbers are places in a table, with a scale for each block. */
export function bitsandbytesWeight(parts: Parts): StoredTensor | undefined {
  const stored = parts.optional('weight');
  if (stored?.dtype === 'int8') return int8Weight(parts);
  return stored?.dtype === 'uint8' ? tableWeight(parts) : undefined;
}

function int8Weight(parts: Parts): StoredTensor {
  const stored = parts.get('weight', ['int8'], [null, null]);
  const [rowCount, columns] = stored.shape as [number, number];
  const format = parts.optional('weight_format');
  if (format !== undefined && Array.from(numbersOf(format)).some((value) => value !== 0)) {
    throw new ModelError(
      `${parts.module}.weight_format must be 0 (row by row), got another; save the checkpoint on a CPU`,
    );
  }
  const largest = numbersOf(parts.get('SCB', ['float32'], [rowCount]));
  const made = madeOf(`${parts.module}.weight`, [rowCount, columns], (out, rows) => {
    const numbers = numbersOf(stored, rows);
    for (let index = 0; index < out.length; index += 1) {
      out[index] = (numbers[index]! * largest[rows.first + Math.floor(index / columns)]!) / 127;
    }
  });
  return withInt8(made, stored, (row) => largest[row]! / 127);
}

const STATES = ['weight.quant_state.bitsandbytes__nf4', 'weight.quant_state.bitsandbytes__fp4'] as const;

interface State {
  readonly shape: readonly [number, number];
  readonly blockSize: number;
  readonly nestedBlockSize: number | undefined;
  readonly nestedOffset: number;
}

function tableWeight(parts: Parts): StoredTensor {
  const { shape, blockSize, ...nested } = stateOf(parts);
  const [rowCount, columns] = shape;
  const count = rowCount * columns;
  const stored = parts.get('weight', ['uint8'], [Math.ceil(count / 2), 1]);
  const table = numbersOf(parts.get('weight.quant_map', ['float32'], [16]));
  const scales = scalesOf(parts, Math.ceil(count / blockSize), nested);
  return madeOf(`${parts.module}.weight`, shape, (out, rows) => {
    const start = rows.first * columns;
    const firstByte = Math.floor(start / 2);
    const bytes = numbersOf(stored, { first: firstByte, count: Math.ceil((start + out.length) / 2) - firstByte });
    for (let index = 0; index < out.length; index += 1) {
      const place = start + index;
      const byte = bytes[Math.floor(place / 2) - firstByte]!;
      // The first of two is in the upper half.
      out[index] = table[place % 2 === 0 ? byte >> 4 : byte & 0xf]! * scales[Math.floor(place / blockSize)]!;
    }
  });
}

/** Scales may be in 8 bits themselves, with scales of their own and an offset. */
function scalesOf(
  parts: Parts,
  count: number,
  { nestedBlockSize, nestedOffset }: Omit<State, 'shape' | 'blockSize'>,
): ArrayLike<number> {
  if (nestedBlockSize === undefined) return numbersOf(parts.get('weight.absmax', ['float32'], [count]));
  const places = numbersOf(parts.get('weight.absmax', ['uint8'], [count]));
  const table = numbersOf(parts.get('weight.nested_quant_map', ['float32'], [256]));
  const outer = numbersOf(parts.get('weight.nested_absmax', ['float32'], [Math.ceil(count / nestedBlockSize)]));
  return Float32Array.from(
    places,
    (place, index) => table[place]! * outer[Math.floor(index / nestedBlockSize)]! + nestedOffset,
  );
}

function stateOf(parts: Parts): State {
  const name = STATES.find((state) => parts.has(state)) ?? STATES[0];
  const stored = parts.get(name, ['uint8']);
  const state = parsed(new TextDecoder().decode(stored.read()));
  const { shape, blocksize, nested_blocksize: nestedBlockSize, nested_offset: nestedOffset = 0 } = state;
  if (
    isShape(shape) &&
    isSize(blocksize) &&
    (nestedBlockSize === undefined || isSize(nestedBlockSize)) &&
    typeof nestedOffset === 'number'
  ) {
    return { shape, blockSize: blocksize, nestedBlockSize, nestedOffset };
  }
  throw new ModelError(`${parts.module}.${name} must say shape and blocksize; it is not what bitsandbytes writes`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isShape(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((size) => isSize(size));
}
