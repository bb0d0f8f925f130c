import { parseArgs } from 'node:util';
import { median } from '#apps/workshop';
import { openBackend } from '#libs/backends';
import { layOut, ropeOf, type Tensor, type TensorOps } from '#libs/tensor';
import { asInEngine } from './as-in-engine.js';
import { randomRows } from './random-rows.js';

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
const weight = ops.linearWeight([randomRows(size, size)]);
const table = ops.embeddingTable(randomRows(DISTINCT_ROWS, size));
const seconds: number[] = [];
await passSeconds(ops, MANY);
for (let repeat = 0; repeat < REPEATS; repeat += 1) {
  const few = await passSeconds(ops, FEW);
  seconds.push(((await passSeconds(ops, MANY)) - few) / (MANY - FEW));
}
const typical = median(seconds);
console.log(
  JSON.stringify({
    ...ops.describe(),
    size,
    milliseconds: typical * 1000,
    teraflops: (2 * size ** 3) / typical / 1e12,
  }),
);
ops.close();

async function passSeconds(on: TensorOps, products: number): Promise<number> {
  const ids = Int32Array.from({ length: size }, (_, row) => row % DISTINCT_ROWS);
  const program = on.compile(
    (pass) => repeated(on, on.embed(table, pass), products, (x) => on.gatherScored(x, pass)),
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
