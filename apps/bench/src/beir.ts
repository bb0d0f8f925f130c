import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mean, type Reranker } from '#apps/workshop';
import { Bm25 } from './bm25.js';
import { ndcg, reciprocalRank } from './figures.js';
import { readJsonLines } from './json-lines.js';

export interface BeirFigures {
  readonly queries: number;
  readonly candidates: number;
  readonly ndcg: number;
  readonly bm25Ndcg: number;
  readonly mrr: number;
  readonly bm25Mrr: number;
}

interface BeirRow {
  readonly _id: string;
  readonly title?: string;
  readonly text: string;
}

/**
 * Reranks BM25's best documents of a folder in BEIR's format: corpus.jsonl, queries.jsonl, qrels/test.tsv.
 * The ideal order counts relevant documents that BM25 did not find, too.
 */
export async function judgeBeir(reranker: Reranker, folder: string, candidates: number): Promise<BeirFigures> {
  const corpus = readJsonLines<BeirRow>(path.join(folder, 'corpus.jsonl'));
  const texts = corpus.map(({ title, text }) => (title ? `${title}. ${text}` : text));
  const index = new Bm25(texts);
  const judged = readQrels(path.join(folder, 'qrels/test.tsv'));
  const ours: number[][] = [];
  const theirs: number[][] = [];
  for (const { _id: id, text } of readJsonLines<BeirRow>(path.join(folder, 'queries.jsonl'))) {
    const relevance = judged.get(id);
    if (relevance === undefined) continue;
    const found = index.best(text, candidates).map(({ document }) => document);
    const scores =
      found.length === 0
        ? []
        : await reranker.scores(
            text,
            found.map((document) => texts[document]!),
          );
    const order = found.map((_, place) => place).toSorted((a, b) => scores[b]! - scores[a]!);
    const ideal = [...relevance.values()];
    const figuresOf = (documents: readonly number[]): number[] => {
      const ranked = documents.map((document) => relevance.get(corpus[document]!._id) ?? 0);
      return [ndcg(ranked, ideal), reciprocalRank(ranked)];
    };
    ours.push(figuresOf(order.map((place) => found[place]!)));
    theirs.push(figuresOf(found));
  }
  if (ours.length === 0) throw new Error(`${folder}: qrels/test.tsv judges none of the queries`);
  const [average, theirAverage] = [ours, theirs].map((rows) => [0, 1].map((at) => mean(rows.map((row) => row[at]!))));
  return {
    queries: ours.length,
    candidates,
    ndcg: average![0]!,
    bm25Ndcg: theirAverage![0]!,
    mrr: average![1]!,
    bm25Mrr: theirAverage![1]!,
  };
}

/** query-id, corpus-id, score, after a header line. */
function readQrels(file: string): Map<string, Map<string, number>> {
  const judged = new Map<string, Map<string, number>>();
  for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
    const [query, document, score] = line.trim().split('\t');
    if (query === undefined || document === undefined || !(Number(score) > 0)) continue;
    const relevance = judged.get(query) ?? new Map<string, number>();
    judged.set(query, relevance.set(document, Number(score)));
  }
  return judged;
}
