import { beforeEach, describe, expect, it } from 'vitest';
import { Batcher, type BatchScorer, type FinishedBatch } from '#libs/batching';
import { ModelRunner, PrefixKvCache } from '#libs/engine';
import { layOut } from '#libs/tensor';
import { permitOf } from '../support/permit.js';
import { CountingOps } from './counting-ops.js';
import { loadSmallQwen3, SMALL_SHAPE } from './small-qwen3.js';

const SUFFIX_TOKENS = 9;
const HEAD = tokens(23, 1);
const QUERY = tokens(7, 2);
const DOCUMENTS = [4, 11, 1, 30, 8].map((length, index) => tokens(length + SUFFIX_TOKENS, 10 + index));
const DOCUMENT_ROWS = DOCUMENTS.reduce((rows, ids) => rows + ids.length, 0);

// The product's model, runner, prefix cache and batcher over a backend that counts what reaches its matrices.
let ops: CountingOps;
let runner: ModelRunner;

beforeEach(async () => {
  ops = new CountingOps();
  runner = new ModelRunner(await loadSmallQwen3(ops), new PrefixKvCache(2 ** 20));
});

it('computes a cold request as head + query + Σ(document + 9), and says so', async () => {
  expect(await rowsOf([HEAD, QUERY])).toEqual({ batches: 1, rows: HEAD.length + QUERY.length + DOCUMENT_ROWS });
});

it('computes a request with a warm head as query + Σ(document + 9)', async () => {
  await rowsOf([HEAD, tokens(5, 3)]);
  expect(await rowsOf([HEAD, QUERY])).toEqual({ batches: 1, rows: QUERY.length + DOCUMENT_ROWS });
});

it('computes head and query once for a request that spans five batches', async () => {
  const oneDocumentEach = { maxBatchDocuments: 1 };
  const cold = await rowsOf([HEAD, QUERY], oneDocumentEach);
  expect(cold).toEqual({ batches: 5, rows: HEAD.length + QUERY.length + DOCUMENT_ROWS });
  const warm = await rowsOf([HEAD, tokens(5, 3)], oneDocumentEach);
  expect(warm).toEqual({ batches: 5, rows: 5 + DOCUMENT_ROWS });
});

it('keeps a live request its prefix across five batches even with a cache of 0 MB', async () => {
  runner = new ModelRunner(await loadSmallQwen3(ops), new PrefixKvCache(0));
  const cold = await rowsOf([HEAD, QUERY], { maxBatchDocuments: 1 });
  expect(cold).toEqual({ batches: 5, rows: HEAD.length + QUERY.length + DOCUMENT_ROWS });
});

describe('where the document comes before the query', () => {
  const TAIL = tokens(6, 4);
  const TAIL_ROWS = DOCUMENTS.length * TAIL.length;

  it('computes a cold request as head + Σdocuments + a query behind each', async () => {
    expect(await rowsOf([HEAD], { tail: TAIL })).toEqual({ batches: 1, rows: HEAD.length + DOCUMENT_ROWS + TAIL_ROWS });
  });

  it('computes another query about the same documents as that query alone, behind each', async () => {
    await rowsOf([HEAD], { tail: TAIL });
    expect(await rowsOf([HEAD], { tail: tokens(3, 5) })).toEqual({ batches: 1, rows: 3 * DOCUMENTS.length });
  });

  it('keeps no documents beyond the cache, over however many batches', async () => {
    const cache = new PrefixKvCache(0);
    runner = new ModelRunner(await loadSmallQwen3(ops), cache);
    const cold = await rowsOf([HEAD], { tail: TAIL, maxBatchDocuments: 1 });
    expect(cold).toEqual({ batches: 5, rows: HEAD.length + DOCUMENT_ROWS + TAIL_ROWS });
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it('scores as one sequence does', async () => {
    const model = await loadSmallQwen3(ops);
    const share = { requestId: 1, prefix: [HEAD], documents: DOCUMENTS, last: true };
    const { logits } = await new ModelRunner(model, new PrefixKvCache(2 ** 20)).score({
      shares: [{ ...share, tail: TAIL }],
    });
    const alone = await model.score(
      layOut(DOCUMENTS.map((document) => ({ ids: Int32Array.of(...HEAD, ...document, ...TAIL), scored: true }))),
    );
    logits.forEach((logit, index) => expect(logit).toBeCloseTo(alone[index]!, 5));
  });
});

/**
 * Sends a request of DOCUMENTS through the batcher, and answers the rows that the first weight saw: the metric must say the
 * same, and so must every other weight but those that only a document's last token needs.
 */
async function rowsOf(
  prefix: Int32Array[],
  { tail, ...limits }: { maxBatchDocuments?: number; tail?: Int32Array } = {},
) {
  const finished: FinishedBatch[] = [];
  const batcher = new Batcher(
    { maxQueueSeconds: 60, now: () => performance.now(), ...limits },
    { ...IGNORED, batchFinished: (batch) => void finished.push(batch) },
  );
  batcher.resume(inTurn(runner), { maxBatchTokens: 4096, tokensPerSecond: 1e6 });
  ops.takeRows();
  await batcher.submit({ prefix, documents: DOCUMENTS, ...(tail && { tail }) }, permitOf());
  const counts = ops.takeRows();
  const metric = finished.reduce((rows, { computedTokens }) => rows + computedTokens, 0);
  expect(finished).toHaveLength(limits.maxBatchDocuments === undefined ? 1 : DOCUMENTS.length);
  // Four weights per layer; of the last layer only keys and values see every row, then q, o, gate/up, down and the head.
  const everyRow = 4 * (SMALL_SHAPE.layers - 1) + 1;
  expect(counts).toEqual([...Array<number>(everyRow).fill(metric), ...Array<number>(5).fill(DOCUMENTS.length)]);
  return { batches: finished.length, rows: counts[0] };
}

const IGNORED = {
  batchFailed: () => undefined,
  batchInterrupted: () => undefined,
  queueChanged: () => undefined,
  cancelled: () => undefined,
};

/** As the engine process does: a batch is begun when it comes, and finished after the one before. */
function inTurn(engine: ModelRunner): BatchScorer {
  let queue: Promise<unknown> = Promise.resolve();
  return {
    score: (batch) => {
      const running = engine.begin(batch);
      const scores = queue.then(() => running.finish());
      queue = scores.catch(() => undefined);
      return scores;
    },
    release: (requestId) => engine.release(requestId),
  };
}

function tokens(length: number, seed: number): Int32Array {
  return Int32Array.from({ length }, (_, index) => (seed * 37 + index) % SMALL_SHAPE.vocabularySize);
}
