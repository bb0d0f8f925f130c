// `npm run bench -- attention`: attention alone on the CPU, in float32 and in tiles of bf16, at the heads of Qwen3-Reranker-0.6B.
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { layOut, ropeOf, type Segment, type Tensor, type TensorOps } from '#libs/tensor';
import { asInEngine } from './as-in-engine.js';
import { randomRows } from './random-rows.js';

const DOCUMENTS = 20;
const LENGTHS = [23, 59, 109, 359];
/** Head and query, which all documents share. */
const PREFIX = [48, 22];
const [HEADS, KEY_HEADS, HEAD_DIM] = [16, 8, 128];
const REPEATS = 9;
/** Attentions in a pass; the difference of a long and a short pass is theirs alone. */
const [FEW, MANY] = [1, 9];
const DISTINCT_ROWS = 1024;

const threads = Number(process.argv[2] ?? 1);
asInEngine(threads);
console.log('| threads | attention | document tokens | best ms | GFLOP/s |\n|---|---|---|---|---|');
for (const tiles of [false, true]) {
  const ops = await createLibtorchBackend({ threads, tiles });
  const table = ops.embeddingTable(randomRows(DISTINCT_ROWS, (HEADS + 2 * KEY_HEADS) * HEAD_DIM));
  for (const length of LENGTHS) {
    // The best of each: a pause of the machine in one of them would count for the other.
    let [few, many] = [Infinity, Infinity];
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      few = Math.min(few, await passSeconds(ops, table, { length, attentions: FEW }));
      many = Math.min(many, await passSeconds(ops, table, { length, attentions: MANY }));
    }
    const best = (many - few) / (MANY - FEW);
    const speed = operations(length) / best / 1e9;
    const name = tiles ? 'tiles, where there are any' : 'float32';
    console.log(`| ${threads} | ${name} | ${length} | ${(best * 1000).toFixed(2)} | ${speed.toFixed(0)} |`);
  }
  ops.close();
}

async function passSeconds(
  ops: TensorOps,
  table: Tensor,
  { length, attentions }: { length: number; attentions: number },
): Promise<number> {
  const documents = Array.from({ length: DOCUMENTS }, (): Segment => ({ ids: ids(length), parent: 1, scored: true }));
  const prefix: Segment[] = [{ ids: ids(PREFIX[0]!) }, { ids: ids(PREFIX[1]!), parent: 0 }];
  const groups = [HEADS, KEY_HEADS, KEY_HEADS].map((heads) => ({ heads }));
  const program = ops.compile(
    (pass) => {
      const [q, k, v] = ops.splitHeads(ops.embed(table, pass), groups, pass, { rows: 'all', eps: 0 });
      let attended = q!;
      for (let layer = 0; layer < attentions; layer += 1) {
        attended = ops.attention({ q: q!, k: k!, v: v! }, pass, { layer, rows: 'all' });
      }
      return ops.gatherScored(attended, pass);
    },
    ropeOf(10_000, HEAD_DIM),
  );
  const started = performance.now();
  await program.run(layOut([...prefix, ...documents]));
  const seconds = (performance.now() - started) / 1000;
  program.dispose();
  return seconds;
}

/** What the scores and the mix of visible keys need, and no more. */
function operations(length: number): number {
  const prefix = PREFIX[0]! + PREFIX[1]!;
  const seen = DOCUMENTS * (length * prefix + (length * (length + 1)) / 2) + (prefix * (prefix + 1)) / 2;
  return 4 * HEADS * HEAD_DIM * seen;
}

function ids(length: number): Int32Array {
  return Int32Array.from({ length }, (_, token) => token);
}
