import type { StoredTensor } from '#libs/tensor';
import type { ConfigReader } from '../config-reader.js';
import { ModelError } from '../model-error.js';
import { numbersOf } from './numbers.js';
import { madeOf, type Parts } from './quantised-weight.js';
import { FLOAT_TYPES, groupsOfColumns } from './scales.js';

/** GPTQ and AWQ: weights of few bits with a scale and a zero point for each group of inputs and each output. */
export interface GroupScheme {
  readonly method: 'gptq' | 'awq';
  readonly bits: number;
  /** Inputs of a group; undefined: one group. */
  readonly groupSize: number | undefined;
  /** AWQ's gemv has weights by outputs, in plain order. */
  readonly byOutputs: boolean;
  /** What a stored zero point lacks: the first form of GPTQ's files stores it less one. */
  readonly zeroOffset: number;
}

/** Where AWQ's gemm puts the eight outputs of a word. */
const AWQ_PLACE = [0, 4, 1, 5, 2, 6, 3, 7];

/** Throws ModelError on bits and forms that are not read. */
export function gptqScheme(reader: ConfigReader): GroupScheme {
  const bits = reader.size('bits');
  if (bits !== 4 && bits !== 8) reader.refuse('bits', '4 or 8 (others are not read: take the original checkpoint)');
  const form = reader.value('checkpoint_format') ?? 'gptq';
  if (form !== 'gptq' && form !== 'gptq_v2') reader.refuse('checkpoint_format', 'gptq or gptq_v2');
  const zeroOffset = form === 'gptq' ? 1 : 0;
  return { method: 'gptq', bits, groupSize: groupSizeOf(reader, 'group_size'), byOutputs: false, zeroOffset };
}

/** The same of AWQ; its own tool writes w_bit and q_group_size. */
export function awqScheme(reader: ConfigReader): GroupScheme {
  const has = (key: string) => reader.keys().includes(key);
  const bits = reader.size(has('w_bit') ? 'w_bit' : 'bits');
  if (bits !== 4) reader.refuse('bits', '4');
  const version = reader.value('version') ?? 'gemm';
  const isKnown = typeof version === 'string' && /^gem[mv]$/iu.test(version);
  if (!isKnown) return reader.refuse('version', 'gemm or gemv (others are not read: take the original checkpoint)');
  const groupSize = groupSizeOf(reader, has('q_group_size') ? 'q_group_size' : 'group_size');
  return { method: 'awq', bits, groupSize, byOutputs: version.toLowerCase() === 'gemv', zeroOffset: 0 };
}

function groupSizeOf(reader: ConfigReader, key: string): number | undefined {
  return (reader.value(key) ?? -1) === -1 ? undefined : reader.size(key);
}

/** The weight of a module, or undefined for one that is stored whole. */
export function groupedWeight(parts: Parts, scheme: GroupScheme): StoredTensor | undefined {
  if (!parts.has('qweight')) return undefined;
  return scheme.byOutputs ? byOutputs(parts, scheme) : byInputs(parts, scheme);
}

/**
 * GPTQ: qweight [K · bits / 32, N], words along the inputs; AWQ's gemm: qweight [K, N · bits / 32], words along the outputs. Both:
 * qzeros [G, N · bits / 32], scales [G, N]. weight[n][k] = scale · (number − zero).
 */
function byInputs(parts: Parts, { method, bits, groupSize, zeroOffset }: GroupScheme): StoredTensor {
  const perWord = 32 / bits;
  const stored = parts.get('qweight', ['int32'], [null, null]);
  const scales = parts.get('scales', FLOAT_TYPES, [null, null]);
  const [groupCount, outputs] = scales.shape as [number, number];
  const inputs = method === 'gptq' ? stored.shape[0]! * perWord : stored.shape[0]!;
  const expected = method === 'gptq' ? [inputs / perWord, outputs] : [inputs, outputs / perWord];
  parts.get('qweight', ['int32'], expected);
  const size = groupSize ?? inputs;
  const zeros = parts.get('qzeros', ['int32'], [groupCount, outputs / perWord]);
  const listed = method === 'gptq' && parts.has('g_idx') ? parts.get('g_idx', ['int32'], [inputs]) : undefined;
  const groups = groupsOfColumns(inputs, size, listed);
  requireGroups(parts, groups, groupCount);
  const mask = 2 ** bits - 1;
  const placeInWord = (output: number) => (method === 'awq' ? AWQ_PLACE[output % perWord]! : output % perWord);
  return madeOf(`${parts.module}.weight`, [outputs, inputs], (out, { first, count }) => {
    const words = numbersOf(stored);
    const scale = numbersOf(scales);
    const zero = numbersOf(zeros);
    for (let row = 0; row < count; row += 1) {
      const output = first + row;
      const word = Math.floor(output / perWord);
      const shift = placeInWord(output) * bits;
      for (let input = 0; input < inputs; input += 1) {
        const group = groups[input]!;
        const number =
          method === 'gptq'
            ? words[Math.floor(input / perWord) * outputs + output]! >>> ((input % perWord) * bits)
            : words[input * (outputs / perWord) + word]! >>> shift;
        const middle = ((zero[group * (outputs / perWord) + word]! >>> shift) & mask) + zeroOffset;
        out[row * inputs + input] = scale[group * outputs + output]! * ((number & mask) - middle);
      }
    }
  });
}

/** AWQ's gemv: qweight [N, K / 8], scales [N, G or more], qzeros [N, scales / 8 or more]; numbers in plain order. */
function byOutputs(parts: Parts, { bits, groupSize }: GroupScheme): StoredTensor {
  const perWord = 32 / bits;
  const stored = parts.get('qweight', ['int32'], [null, null]);
  const [outputs, words] = stored.shape as [number, number];
  const inputs = words * perWord;
  const size = groupSize ?? inputs;
  const scales = parts.get('scales', FLOAT_TYPES, [outputs, null]);
  const zeros = parts.get('qzeros', ['int32'], [outputs, null]);
  const groups = groupsOfColumns(inputs, size);
  requireGroups(parts, groups, Math.min(scales.shape[1]!, zeros.shape[1]! * perWord));
  const mask = 2 ** bits - 1;
  return madeOf(`${parts.module}.weight`, [outputs, inputs], (out, rows) => {
    const number = numbersOf(stored, rows);
    const scale = numbersOf(scales, rows);
    const zero = numbersOf(zeros, rows);
    for (let index = 0; index < out.length; index += 1) {
      const row = Math.floor(index / inputs);
      const input = index % inputs;
      const group = groups[input]!;
      const value = (number[row * words + Math.floor(input / perWord)]! >>> ((input % perWord) * bits)) & mask;
      const middle = (zero[row * zeros.shape[1]! + Math.floor(group / perWord)]! >>> ((group % perWord) * bits)) & mask;
      out[index] = scale[row * scales.shape[1]! + group]! * (value - middle);
    }
  });
}

function requireGroups({ module }: Parts, groups: ArrayLike<number>, count: number): void {
  const beyond = Array.from(groups).find((group) => !(group >= 0 && group < count));
  if (beyond === undefined) return;
  throw new ModelError(
    `${module} must have scales for ${beyond + 1} groups or more, got ${count}; group_size in config.json, or g_idx, is that of another checkpoint`,
  );
}
