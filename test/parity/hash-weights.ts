export { toBfloat16 } from '#libs/tensor';

/** A value is offset + scale * u with u in [-0.5, 0.5), in float32 arithmetic. */
export interface HashRule {
  readonly scale: number;
  readonly offset: number;
}

const GOLDEN_RATIO = 0x9e3779b1; // 2^32 / golden ratio, odd: consecutive indexes land far apart
const U_STEP = 2 ** -24; // the hash's top 24 bits fit a float32 significand, so u is exact

/** Weights of the tensor `name`, row-major: the same bits as hash_weights.py, so no checkpoint has to be stored. */
export function hashWeights(name: string, count: number, rule: HashRule): Float32Array {
  return hashWeightsFrom(name, 0, count, rule);
}

/** Elements [first, first + count) of the tensor `name`, for writers that stream. */
export function hashWeightsFrom(name: string, first: number, count: number, rule: HashRule): Float32Array {
  const values = new Float32Array(count);
  const scale = Math.fround(rule.scale);
  const offset = Math.fround(rule.offset);
  let seed = (fnv1a32(name) + Math.imul(first, GOLDEN_RATIO)) | 0;
  for (let index = 0; index < count; index += 1) {
    const u = (fmix32(seed) >>> 8) * U_STEP - 0.5;
    // Rounding the product first is what float32 arithmetic does; the sum rounds when it is stored.
    values[index] = offset + Math.fround(scale * u);
    seed = (seed + GOLDEN_RATIO) | 0;
  }
  return values;
}

/** Rounds to float16, nearest even; the values must be below 65,520 in magnitude. */
export function toFloat16(values: Float32Array): Uint16Array {
  const scratch = new Float32Array(1);
  const scratchBits = new Uint32Array(scratch.buffer);
  return roundBits(values, (bits) => {
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    // Below 2^-14 a half is subnormal with step 2^-24, which is the step of a float32 in [0.5, 1).
    scratchBits[0] = magnitude;
    scratch[0] = (scratch[0] ?? 0) + 0.5;
    return sign | ((scratchBits[0] ?? 0) - 0x3f000000);
  });
}

function roundBits(values: Float32Array, round: (bits: number) => number): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const rounded = new Uint16Array(values.length);
  // Uint16Array.from with a function is ten times slower, and an embedding has millions of elements.
  for (let index = 0; index < bits.length; index += 1) rounded[index] = round(bits[index] ?? 0);
  return rounded;
}

/** FNV-1a, 32 bits, of the UTF-8 bytes. */
function fnv1a32(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value;
}

/** The murmur3 finaliser. */
function fmix32(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
