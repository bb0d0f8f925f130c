import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NATIVE_BUILT } from '../support/backends.js';
import { relativeDifference } from './workbench.js';

// The instruction set is settled once a process, so each has one of its own; a processor with fewer instructions takes what it has.
const CHILD = path.join(import.meta.dirname, 'multiply-in-format.mjs');
const INSTRUCTION_SETS = ['amx', 'vnni', 'avx512', 'avx2'];
/** Sums of float32, in another order than here. */
const TOLERANCE = 1e-5;

interface Answer {
  readonly x: number[];
  readonly weight: number[];
  readonly products: number[];
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly outputs: number;
}

/** One row, whole blocks, and one more than these; columns and outputs that fill no piece of 64 bytes and no panel. */
const SHAPES: Shape[] = [
  { rows: 1, columns: 64, outputs: 32 },
  { rows: 33, columns: 200, outputs: 100 },
  { rows: 64, columns: 96, outputs: 64 },
  { rows: 70, columns: 30, outputs: 17 },
];

describe.skipIf(!NATIVE_BUILT)('products of the CPU', () => {
  describe.each(INSTRUCTION_SETS)('with the instructions of %s', (isa) => {
    it.each(['bf16', 'int8'])('are those of rounded numbers in %s', (format) => {
      for (const shape of SHAPES) {
        const { x, weight, products } = multiply(isa, format, shape);
        const levels = format === 'int8' && isa !== 'amx' && isa !== 'vnni' ? [63, 127] : [127, 127];
        const expected = exactProduct(
          rounded(format, x, shape.columns, levels[0]!),
          rounded(format, weight, shape.columns, levels[1]!),
          shape,
        );
        expect({ shape, wrong: relativeDifference(products, expected) > TOLERANCE }).toEqual({ shape, wrong: false });
      }
    });
  });

  it.each(INSTRUCTION_SETS)('leave numbers that are in 8 bits as they are, with the instructions of %s', (isa) => {
    const levels = isa === 'amx' || isa === 'vnni' ? 127 : 63;
    for (const shape of SHAPES) {
      const { x, weight, products } = multiply(isa, 'stored', shape);
      const expected = exactProduct(rounded('int8', x, shape.columns, levels), weight, shape);
      expect({ shape, wrong: relativeDifference(products, expected) > TOLERANCE }).toEqual({ shape, wrong: false });
    }
  });

  it('refuse rows in numbers that a weight was not packed for', () => {
    expect(() => multiply('avx2', 'int4', SHAPES[0]!)).toThrow('unknown format int4');
  });
});

/** What the addon answers for random rows whose magnitudes spread over three decades, in a process of its own. */
function multiply(isa: string, format: string, shape: Shape): Answer {
  const { stdout, stderr } = spawnSync(process.execPath, [CHILD, format, JSON.stringify(shape)], {
    env: { ...process.env, CPU_ISA: isa, OMP_WAIT_POLICY: 'passive' },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}

/** Each number as the format holds it: bf16, or whole steps of its row's largest magnitude / levels. */
function rounded(format: string, values: readonly number[], columns: number, levels: number): number[] {
  if (format === 'bf16') return values.map(toBf16);
  return values.map((value, index) => {
    const first = index - (index % columns);
    const largest = values.slice(first, first + columns).reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    const steps = value * Math.fround(levels / largest);
    return (roundToEven(steps) * largest) / levels;
  });
}

function toBf16(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0]!;
  const kept = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(new Int32Array([kept]).buffer)[0]!;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function exactProduct(x: readonly number[], weight: readonly number[], { rows, columns, outputs }: Shape): number[] {
  const products: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let output = 0; output < outputs; output += 1) {
      let sum = 0;
      for (let c = 0; c < columns; c += 1) sum += x[row * columns + c]! * weight[output * columns + c]!;
      products.push(sum);
    }
  }
  return products;
}
