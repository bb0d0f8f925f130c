import type { StoredTensor } from '#libs/tensor';
import type { ConfigReader } from '../config-reader.js';
import type { FileTensor } from '../file-tensor.js';
import { ModelError } from '../model-error.js';
import { numbersOf, packedNumber } from './numbers.js';
import { madeOf, withInt8, type Parts } from './quantised-weight.js';
import { blocksOf, groupsOfColumns, groupStarts, type Blocks } from './scales.js';

/** What config.json says of the weights; of the inputs nothing is needed. */
export interface CompressedScheme {
  readonly bits: number;
  readonly isFloat: boolean;
  readonly blockRows: number | undefined;
  readonly blockColumns: number | undefined;
}

const FORMATS = ['int-quantized', 'float-quantized', 'naive-quantized', 'pack-quantized'];
const STRATEGIES = ['tensor', 'channel', 'group', 'block'];

/** Throws ModelError on a format of compressed-tensors that is not read. */
export function compressedScheme(reader: ConfigReader): CompressedScheme {
  const format = reader.value('format');
  if (!FORMATS.includes(format as string)) {
    reader.refuse('format', `one of ${FORMATS.join(', ')} (others are not read: take the original checkpoint)`);
  }
  requirePlain(reader);
  const weights = weightsOf(reader);
  const strategy = weights.value('strategy') ?? 'channel';
  if (!STRATEGIES.includes(strategy as string)) weights.refuse('strategy', STRATEGIES.join(', '));
  const isFloat = weights.value('type') === 'float';
  const bits = weights.size('num_bits', 8);
  if (isFloat ? bits !== 8 : bits > 8) weights.refuse('num_bits', isFloat ? '8 for floats' : 'at most 8');
  return { bits, isFloat, ...blockOf(weights, strategy) };
}

function requirePlain(reader: ConfigReader): void {
  for (const key of ['transform_config', 'sparsity_config']) {
    const section = reader.section(key);
    const isPlain = section === undefined || section.keys().length === 0 || section.value('format') === 'dense';
    if (!isPlain) reader.refuse(key, 'absent (not read: take the original checkpoint)');
  }
}

function weightsOf(reader: ConfigReader): ConfigReader {
  const groups = reader.section('config_groups');
  const [name, ...more] = groups?.keys() ?? [];
  if (groups === undefined || name === undefined || more.length > 0) {
    return reader.refuse('config_groups', 'one group of quantised layers (mixed schemes are not read)');
  }
  return groups.section(name)?.section('weights') ?? groups.refuse(name, 'a group with weights');
}

function blockOf(weights: ConfigReader, strategy: unknown): Pick<CompressedScheme, 'blockRows' | 'blockColumns'> {
  if (strategy === 'group') return { blockRows: 1, blockColumns: weights.size('group_size') };
  if (strategy !== 'block') return { blockRows: 1, blockColumns: undefined };
  const block = weights.value('block_structure');
  if (Array.isArray(block) && block.length === 2 && block.every((size) => Number.isSafeInteger(size) && size > 0)) {
    return { blockRows: block[0] as number, blockColumns: block[1] as number };
  }
  return weights.refuse('block_structure', 'two sizes');
}

/** The weight of a module, or undefined for one that is stored whole. */
export function compressedWeight(parts: Parts, scheme: CompressedScheme): StoredTensor | undefined {
  if (parts.has('weight_packed')) return packedWeight(parts, scheme);
  const stored = parts.optional('weight');
  if (stored === undefined || (stored.dtype !== 'int8' && stored.dtype !== 'float8')) return undefined;
  const shape = stored.shape as [number, number];
  const scale = scalesOf(parts, shape, scheme);
  const zero = parts.has('weight_zero_point')
    ? blocksOf(parts, 'weight_zero_point', { shape, block: blockSizes(scheme), dtypes: ['int8', 'float8'] })
    : undefined;
  const groups = columnGroups(parts, shape[1], scheme);
  const made = madeOf(`${parts.module}.weight`, shape, (out, rows) => {
    const numbers = numbersOf(stored, rows);
    scaleRows(out, rows.first, shape[1], { scale, zero, groups, number: (index) => numbers[index]! });
  });
  if (stored.dtype !== 'int8' || zero !== undefined || scale.columns !== 1) return made;
  return withInt8(made, stored, (row) => scale.values[groupStarts(scale, row)]!);
}

function packedWeight(parts: Parts, scheme: CompressedScheme): StoredTensor {
  const shape = shapeOf(parts);
  const [rowCount, columns] = shape;
  const { bits } = scheme;
  const words = Math.ceil((columns * bits) / 32);
  const packed = parts.get('weight_packed', ['int32'], [rowCount, words]);
  const scale = scalesOf(parts, shape, scheme);
  const groups = columnGroups(parts, columns, scheme);
  const middle = 2 ** (bits - 1);
  const zero = packedZeros(parts, scale, { rowCount, bits });
  return madeOf(`${parts.module}.weight`, shape, (out, rows) => {
    const numbers = numbersOf(packed, rows) as Int32Array;
    const inWords = (index: number): number => {
      const row = Math.floor(index / columns);
      return packedNumber(numbers.subarray(row * words, (row + 1) * words), index % columns, bits) - middle;
    };
    scaleRows(out, rows.first, columns, { scale, zero, groups, number: inWords });
  });
}

/** Zero points are packed along the rows. */
function packedZeros(
  parts: Parts,
  scale: Blocks,
  { rowCount, bits }: { rowCount: number; bits: number },
): Blocks | undefined {
  if (!parts.has('weight_zero_point')) return undefined;
  const { columns } = scale;
  const words = parts.get('weight_zero_point', ['int32'], [Math.ceil((rowCount * bits) / 32), columns]);
  const numbers = numbersOf(words);
  const height = words.shape[0]!;
  const values = new Int32Array(rowCount * columns);
  for (let column = 0; column < columns; column += 1) {
    const own = Int32Array.from({ length: height }, (_, word) => numbers[word * columns + column]!);
    for (let row = 0; row < rowCount; row += 1) {
      values[row * columns + column] = packedNumber(own, row, bits) - 2 ** (bits - 1);
    }
  }
  return { ...scale, values };
}

function shapeOf(parts: Parts): [number, number] {
  const stored = parts.get('weight_shape', ['int64', 'int32'], [2]);
  const [rows, columns] = Array.from(numbersOf(stored));
  if (rows! > 0 && columns! > 0 && rows! * columns! < 2 ** 40) return [rows!, columns!];
  throw new ModelError(`${parts.module}.weight_shape must be two sizes, got [${rows}, ${columns}]`);
}

function scalesOf(parts: Parts, shape: readonly [number, number], scheme: CompressedScheme): Blocks {
  return blocksOf(parts, 'weight_scale', { shape, block: blockSizes(scheme) });
}

function blockSizes({ blockRows, blockColumns }: CompressedScheme) {
  return {
    ...(blockRows !== undefined && { rows: blockRows }),
    ...(blockColumns !== undefined && { columns: blockColumns }),
  };
}

function columnGroups(parts: Parts, columns: number, { blockColumns = columns }: CompressedScheme): ArrayLike<number> {
  const listed: FileTensor | undefined = parts.has('weight_g_idx')
    ? parts.get('weight_g_idx', ['int32', 'int64'], [columns])
    : undefined;
  return groupsOfColumns(columns, blockColumns, listed);
}

interface Scaling {
  readonly scale: Blocks;
  readonly zero: Blocks | undefined;
  readonly groups: ArrayLike<number>;
  /** The stored number at a place of the rows that are read. */
  readonly number: (index: number) => number;
}

/** out = (number − zero) · scale, of the rows from `first` on. */
export function scaleRows(
  out: Float32Array,
  first: number,
  columns: number,
  { scale, zero, groups, number }: Scaling,
): void {
  for (let index = 0; index < out.length; index += 1) {
    const column = index % columns;
    const start = groupStarts(scale, first + Math.floor(index / columns));
    const place = start + (scale.columns === 1 ? 0 : groups[column]!);
    out[index] = (number(index) - (zero?.values[place] ?? 0)) * scale.values[place]!;
  }
}
