import { parseArgs } from 'node:util';
import { openBackend } from '#libs/engine';
import { layOut, ropeOf, type StoredTensor, type Tensor, type TensorOps } from '#libs/tensor';
import { asInEngine } from './as-in-engine.js';

const REPEATS = 5;
const THREADS = 2;
/** Products in a pass; the difference of a long and a short pass is theirs alone. */
const [FEW, MANY] = [2, 22];
const DISTINCT_ROWS = 512;

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'libtorch' },
    device: { type: 'string', default: 'auto' },
    dtype: { type: 'string', default: 'auto' },
    size: { type: 'string', default: '8192' },
  },
});

const { backend, device, dtype } = options;
const size = Number(options.size);
asInEngine(THREADS);
const { ops } = await openBackend({ backend, device, dtype, threads: THREADS });
const weight = ops.linearWeight([random('weight', size, size)]);
const table = ops.embeddingTable(random('rows', DISTINCT_ROWS, size));
const seconds: number[] = [];
await pass(ops, MANY);
for (let repeat = 0; repeat < REPEATS; repeat += 1) {
  const few = await pass(ops, FEW);
  seconds.push(((await pass(ops, MANY)) - few) / (MANY - FEW));
}
const median = seconds.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)]!;
console.log(
  JSON.stringify({ ...ops.describe(), size, milliseconds: median * 1000, teraflops: (2 * size ** 3) / median / 1e12 }),
);
ops.close();

async function pass(on: TensorOps, products: number): Promise<number> {
  const ids = Int32Array.from({ length: size }, (_, row) => row % DISTINCT_ROWS);
  const program = on.compile(
    (plan) => repeated(on, on.embed(table, plan), products, (x) => on.gatherScored(x, plan)),
    ropeOf(10_000, 2),
  );
  const started = performance.now();
  await program.run(layOut([{ ids, scored: true }]));
  program.dispose();
  return (performance.now() - started) / 1000;
}

function repeated(on: TensorOps, x: Tensor, products: number, last: (x: Tensor) => Tensor): Tensor {
  let product = on.linear(x, weight);
  for (let index = 1; index < products; index += 1) product = on.linear(x, weight);
  return last(product);
}

/** Values of mean 0: equal ones would multiply faster than a model's. */
function random(name: string, rows: number, columns: number): StoredTensor {
  let state = rows + columns;
  const values = new Float32Array(rows * columns);
  for (let index = 0; index < values.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[index] = state / 2 ** 32 - 0.5;
  }
  return { name, dtype: 'float32', shape: [rows, columns], read: () => new Uint8Array(values.buffer) };
}
