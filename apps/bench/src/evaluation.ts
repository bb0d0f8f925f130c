import path from 'node:path';
import { mean, type Reranker } from '#apps/workshop';
import { Bm25 } from './bm25.js';
import { gainOf, rankOf, smallestStep } from './figures.js';
import { readJsonLines } from './json-lines.js';

/** The request in the documentation of qwen3-reranker-api (Python), in the expected order. */
const SEED_EXAMPLE: OrderRow = {
  query: 'What is machine learning?',
  documents: [
    'Machine learning is a subset of artificial intelligence that enables computers to learn from data.',
    'Neural networks are computing systems inspired by biological brains.',
    'Python is a programming language.',
  ],
};

export interface QualityFigures {
  /** Held-out retrieval: 300 queries, twenty candidates each. */
  readonly ndcg: number;
  readonly bm25Ndcg: number;
  /** Share of the triples whose right document beats the wrong one. */
  readonly triples: number;
  readonly bm25Triples: number;
  /** Smallest step between neighbours in the expected order; positive when the order is right. */
  readonly seedExampleStep: number;
  readonly everydaySteps: readonly number[];
}

interface RetrievalRow {
  readonly query: string;
  readonly documents: readonly string[];
  readonly right: number;
  readonly bm25: readonly number[];
}

interface Triple {
  readonly query: string;
  readonly right: string;
  readonly wrong: string;
}

interface OrderRow {
  readonly query: string;
  readonly documents: readonly string[];
}

/** The evaluation sets of the embedded model, in `folder`, through a running server; the same figures as evaluate.py. */
export async function judge(reranker: Reranker, folder: string): Promise<QualityFigures> {
  const everyday = readJsonLines<OrderRow>(path.join(folder, 'everyday.jsonl'));
  return {
    ...(await judgeRetrieval(reranker, readJsonLines<RetrievalRow>(path.join(folder, 'wordnet.jsonl')))),
    ...(await judgeTriples(reranker, readJsonLines<Triple>(path.join(folder, 'triples.jsonl')))),
    seedExampleStep: (await stepsOf(reranker, [SEED_EXAMPLE]))[0]!,
    everydaySteps: await stepsOf(reranker, everyday),
  };
}

async function judgeRetrieval(
  reranker: Reranker,
  rows: readonly RetrievalRow[],
): Promise<Pick<QualityFigures, 'ndcg' | 'bm25Ndcg'>> {
  const gains: number[] = [];
  for (const { query, documents, right } of rows) {
    gains.push(gainOf(rankOf(await reranker.scores(query, documents), right)));
  }
  return { ndcg: mean(gains), bm25Ndcg: mean(rows.map(({ bm25, right }) => gainOf(rankOf(bm25, right)))) };
}

/** BM25 knows the sixty times two documents of the set; a tie is not a success. */
async function judgeTriples(
  reranker: Reranker,
  rows: readonly Triple[],
): Promise<Pick<QualityFigures, 'triples' | 'bm25Triples'>> {
  const index = new Bm25(rows.flatMap(({ right, wrong }) => [right, wrong]));
  const ours: number[] = [];
  const theirs: number[] = [];
  for (const [place, { query, right, wrong }] of rows.entries()) {
    const [better, worse] = await reranker.scores(query, [right, wrong]);
    const word = index.scores(query);
    ours.push(Number(better! > worse!));
    theirs.push(Number((word.get(2 * place) ?? 0) > (word.get(2 * place + 1) ?? 0)));
  }
  return { triples: mean(ours), bm25Triples: mean(theirs) };
}

async function stepsOf(reranker: Reranker, rows: readonly OrderRow[]): Promise<number[]> {
  const steps: number[] = [];
  for (const { query, documents } of rows) steps.push(smallestStep(await reranker.scores(query, documents)));
  return steps;
}
