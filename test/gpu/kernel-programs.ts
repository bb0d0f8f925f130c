import {
  ropeOf,
  type Pass,
  type Rows,
  type Segment,
  type StoredTensor,
  type Tensor,
  type TensorOps,
} from '#libs/tensor';
import { AttentionCase, VOCABULARY, type HeadCounts } from '../backends/attention-case.js';
import { behindKept, forest, request } from '../backends/segment-trees.js';
import { random, randomLinear, randomNorm } from '../backends/stored.js';
import { ids, onRows, ROPE, runPass, type Program } from '../backends/workbench.js';

const EPS = 1e-6;

/** What every kernel has a part in, but those of 8 bits. */
export function kernelPrograms(): Record<string, Program> {
  const cases: Record<string, Program> = {};
  for (const width of [1024, 2560, 4096, 48]) {
    cases[`add and norm, ${width} columns`] = onRows(random('x', [37, width]), addAndNorm(width));
  }
  for (const rows of [1, 37, 1000]) {
    cases[`SwiGLU, ${rows} rows`] = onRows(random('x', [rows, 512]), (ops) => (x) => ops.swiglu(x));
  }
  cases['SwiGLU, 4096 columns'] = onRows(random('x', [3, 8192]), (ops) => (x) => ops.swiglu(x));
  cases['norm and rotate'] = onRows(random('x', [300, 6 * ROPE.headDim]), rotate);
  cases['last tokens'] = lastTokens;
  for (const rows of ['all', 'scored'] as const) {
    cases[`attention over a tree, ${rows} rows`] = attend(forest(), rows);
    cases[`attention of one request, ${rows} rows`] = attend(request([14, 100, 1, 350, 64]), rows);
    cases[`attention without a prefix, ${rows} rows`] = attend([{ ids: ids(200), scored: true }], rows);
  }
  for (const counts of [
    { heads: 4, keyHeads: 2, headDim: 64 },
    { heads: 8, keyHeads: 1, headDim: 128 },
  ]) {
    const heads = `heads of ${counts.headDim}`;
    cases[`attention of short documents, ${heads}`] = attend(request([14, 59, 1]), 'all', counts);
    cases[`attention of their last rows, ${heads}`] = attend(request([14, 59, 1]), 'scored', counts);
    cases[`attention without a prefix, ${heads}`] = attend([{ ids: ids(70), scored: true }], 'all', counts);
    cases[`attention behind what is kept, ${heads}`] = (ops) =>
      behindKept(new AttentionCase(ops, counts), { prefix: 40, length: 37, rows: 'all' });
  }
  for (const headDim of [16, 128, 256]) cases[`norms, then attention, heads of ${headDim}`] = normedAttention(headDim);
  return cases;
}

function addAndNorm(width: number) {
  return (ops: TensorOps) => {
    const delta = ops.embeddingTable(random('delta', [37, width]));
    const weight = ops.vectorWeight(randomNorm('norm', width));
    return (x: Parameters<TensorOps['rmsNorm']>[0], pass: Parameters<TensorOps['embed']>[1]) =>
      ops.addRmsNorm(x, ops.embed(delta, pass), weight, EPS).normed;
  };
}

function rotate(ops: TensorOps) {
  const groups = [
    { heads: 4, norm: ops.vectorWeight(randomNorm('q', ROPE.headDim)) },
    { heads: 2, norm: ops.vectorWeight(randomNorm('k', ROPE.headDim)) },
  ];
  return (x: Parameters<TensorOps['rmsNorm']>[0], pass: Parameters<TensorOps['embed']>[1]) =>
    ops.splitHeads(x, groups, pass, { rows: 'all', eps: EPS })[0]!;
}

function lastTokens(ops: TensorOps): Promise<Float32Array> {
  const table: StoredTensor = random('x', [600, 64]);
  const embedding = ops.embeddingTable(table);
  const weight = ops.linearWeight([randomLinear('w', [32, 64])]);
  return runPass(ops, request([3, 40, 7]), (pass) =>
    ops.linear(ops.gatherScored(ops.embed(embedding, pass), pass), weight),
  );
}

function attend(segments: readonly Segment[], rows: Rows, counts: HeadCounts = { heads: 4, keyHeads: 2 }): Program {
  return (ops) => new AttentionCase(ops, counts).attend(segments, rows);
}

/** Of two documents behind a prefix that a pass before has kept: queries and keys are normed and rotated first. */
function normedAttention(headDim: number): Program {
  return async (ops) => {
    const table = ops.embeddingTable(random('qkv', [VOCABULARY, 8 * headDim]));
    const groups = [
      { heads: 4, norm: ops.vectorWeight(randomNorm('q', headDim)) },
      { heads: 2, norm: ops.vectorWeight(randomNorm('k', headDim)) },
      { heads: 2 },
    ];
    const forward = (pass: Pass) => {
      const split = ops.splitHeads(ops.embed(table, pass), groups, pass, { rows: 'all', eps: EPS });
      const [q, k, v] = split as [Tensor, Tensor, Tensor];
      return ops.attention({ q, k, v }, pass, { layer: 0, rows: 'all' });
    };
    const rope = ropeOf(10_000, headDim);
    const store = ops.keyValues({ layers: 1, tokens: 30, width: 2 * headDim });
    await runPass(
      ops,
      [
        { ids: ids(30), store },
        { ids: ids(5, 90), scored: true },
      ],
      forward,
      rope,
    );
    const documents = [23, 40].map((length) => ({ ids: ids(length, 40), parent: 0, scored: true }));
    const attended = await runPass(ops, [{ kept: store }, ...documents], forward, rope);
    store.dispose();
    return attended;
  };
}
