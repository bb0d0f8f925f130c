import type { StoredTensor, TensorOps } from '#libs/tensor';
import { inBfloat16, throughEightBits } from './quantised-rows.js';
import { random, randomLinear, randomNorm, stored } from './stored.js';
import { onRows, type Prepare, type Program } from './workbench.js';

const EPS = 1e-6;

/** How a libtorch that is too old for fp8 begins its error. */
export const FP8_REFUSAL = 'fp8 needs libtorch 2.6 or newer';

/** Results are bfloat16, which rounds by 2^-9 at most; scales and sums differ in their last bits. */
export const FP8_TOLERANCE = 4e-3;

type Named = readonly [name: string, program: Program, rounded: Program];

/** Products in 8 bits, each with the float32 product of what 8 bits leave of its rows. */
export function fp8Programs(): Named[] {
  const wide = random('x', [300, 1024]);
  return [
    product('rows of 1024', wide, randomLinear('w', [48, 1024])),
    product('one row', random('x', [1, 512]), randomLinear('w', [64, 512])),
    product('rows of 12,288', random('x', [3, 12_288]), randomLinear('w', [32, 12_288])),
    product('rows a million times apart, one of zeros', apart([64, 256]), randomLinear('w', [16, 256])),
    product('numbers too small for the scale of their row', uneven([40, 128]), uneven([32, 128])),
    // What GPUs do not take stays bfloat16, and so does a single row, the direction of the score: float32.
    unrounded('a weight of 24 rows', inBfloat16(random('x', [7, 64])), inBfloat16(randomLinear('w', [24, 64]))),
    unrounded('a weight of one row', inBfloat16(random('x', [7, 64])), randomLinear('w', [1, 64])),
    behind('a norm', random('x', [37, 2560]), [37, 2560], normed(2560)),
    behind('a sum and its norm', random('x', [37, 1024]), [37, 1024], addedAndNormed),
    behind('a gate', random('x', [37, 2 * 3072]), [37, 3072], (ops) => (rows) => ops.swiglu(rows)),
    // Read by others too, rows are not rounded where they are made.
    behind('a norm of the last one', random('x', [37, 512]), [1, 512], lastNormed),
  ];
}

/** A product whose rows, of this shape, another operation makes. */
function behind(name: string, x: StoredTensor, made: readonly [number, number], prepare: Prepare): Named {
  const held = inBfloat16(x);
  const stored_ = randomLinear('w', [48, made[1]]);
  const program = onRows(held, (ops) => {
    const operation = prepare(ops);
    const weight = ops.linearWeight([stored_]);
    return (rows, pass) => ops.linear(operation(rows, pass), weight);
  });
  const rounded: Program = async (ops) => {
    const rows = inBfloat16(stored(made, await onRows(held, prepare)(ops)));
    return multiply(throughEightBits(rows), throughEightBits(stored_))(ops);
  };
  return [`rows behind ${name}`, program, rounded];
}

function normed(columns: number): Prepare {
  return (ops) => {
    const weight = ops.vectorWeight(randomNorm('norm', columns));
    return (rows) => ops.rmsNorm(rows, weight, EPS);
  };
}

/** Rows added to themselves: bfloat16 holds the sum, so that it rounds where the reference does. */
function addedAndNormed(ops: TensorOps): ReturnType<Prepare> {
  const change = ops.embeddingTable(inBfloat16(random('x', [37, 1024])));
  const weight = ops.vectorWeight(randomNorm('norm', 1024));
  return (rows, pass) => ops.addRmsNorm(rows, ops.embed(change, pass), weight, EPS).normed;
}

function lastNormed(ops: TensorOps): ReturnType<Prepare> {
  const norm = normed(512)(ops);
  return (rows, pass) => ops.gatherScored(norm(rows, pass), pass);
}

function product(name: string, x: StoredTensor, weight: StoredTensor): Named {
  const held = inBfloat16(x); // activations are bfloat16 before they are rounded further
  return [name, multiply(held, weight), multiply(throughEightBits(held), throughEightBits(weight))];
}

function unrounded(name: string, x: StoredTensor, weight: StoredTensor): Named {
  return [name, multiply(x, weight), multiply(x, weight)];
}

function multiply(x: StoredTensor, stored_: StoredTensor): Program {
  return onRows(x, (ops: TensorOps) => {
    const weight = ops.linearWeight([stored_]);
    return (rows) => ops.linear(rows, weight);
  });
}

function apart(shape: readonly [number, number]): StoredTensor {
  return scaled(random('apart', shape), (row) => (row === 5 ? 0 : 10 ** ((row % 13) - 6)));
}

function uneven(shape: readonly [number, number]): StoredTensor {
  return scaled(random('uneven', shape), (_, column) => 2 ** -(column % 20));
}

function scaled(tensor: StoredTensor, factor: (row: number, column: number) => number): StoredTensor {
  const [rows, columns] = tensor.shape as [number, number];
  const values = new Float32Array(tensor.read().slice().buffer);
  const changed = values.map((value, index) => value * factor(Math.floor(index / columns), index % columns));
  return stored([rows, columns], changed);
}
