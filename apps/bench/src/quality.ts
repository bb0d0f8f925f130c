import path from 'node:path';
import { parseArgs } from 'node:util';
import { embeddedModelFolder } from '#libs/embedded-model';
import { markdownTable, Reranker, withServer } from '#apps/workshop';
import { type BeirFigures, judgeBeir } from './beir.js';
import { judge, type QualityFigures } from './evaluation.js';

// How well a model ranks, asked through POST /rerank: of a server started for the purpose, or of the one at --url.
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'embedded' },
    url: { type: 'string' },
    beir: { type: 'string' },
    candidates: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});

await withServer(options, async (url) => {
  const reranker = new Reranker(url);
  if (options.beir === undefined) {
    const figures = await judge(reranker, path.join(embeddedModelFolder, 'evaluation'));
    return report(figures, rowsOf(figures));
  }
  const figures = await judgeBeir(reranker, options.beir, Number(options.candidates));
  report(figures, beirRowsOf(figures), `${figures.queries} queries, BM25's best ${figures.candidates}\n\n`);
});

function report(figures: object, rows: readonly string[][], before = ''): void {
  const table = before + markdownTable(['figure', options.url ?? options.model, 'BM25'], rows);
  console.log(options.json ? JSON.stringify(figures, null, 2) : table);
}

function rowsOf(figures: QualityFigures): string[][] {
  const right = figures.everydaySteps.filter((step) => step > 0).length;
  const margin = Math.min(...figures.everydaySteps).toFixed(2);
  return [
    ['nDCG@10, 300 held-out queries', figures.ndcg.toFixed(4), figures.bm25Ndcg.toFixed(4)],
    ['triples right', figures.triples.toFixed(4), figures.bm25Triples.toFixed(4)],
    ["seed's example in order", orderOf(figures.seedExampleStep), ''],
    ['everyday requests in order', `${right} of ${figures.everydaySteps.length}, smallest step ${margin}`, ''],
  ];
}

function beirRowsOf(figures: BeirFigures): string[][] {
  return [
    ['nDCG@10', figures.ndcg.toFixed(4), figures.bm25Ndcg.toFixed(4)],
    ['MRR@10', figures.mrr.toFixed(4), figures.bm25Mrr.toFixed(4)],
  ];
}

function orderOf(step: number): string {
  return `${step > 0 ? 'yes' : 'no'}, smallest step ${step.toFixed(2)}`;
}
