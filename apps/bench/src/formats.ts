import path from 'node:path';
import { parseArgs } from 'node:util';
import { embeddedModelFolder } from '#libs/embedded-model';
import { describeReranker, openCheckpoint, readModelConfig, scoreDirection } from '#libs/model-repository';
import { loadQwen3Weights, Qwen3Model } from '#libs/models';
import { PromptTemplate } from '#libs/rerank';
import { layOut, type SegmentLayout } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { Tokenizer } from '#libs/tokenizer';
import { formatFigures, type JudgedRequest } from './format-figures.js';
import { readJsonLines } from './json-lines.js';

// `npm run bench:formats [-- --model FOLDER] [--device cuda]`: what number formats of fewer bits cost, as scores of real texts
// against those of float32. fp8 is emulated on a CPU: products round as a GPU's do, sums are float32.
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: embeddedModelFolder },
    device: { type: 'string', default: 'cpu' },
    formats: { type: 'string', default: 'bf16,int8,fp8' },
    requests: { type: 'string', default: '300' },
    threads: { type: 'string', default: '2' },
  },
});

const EMULATED = new Set(['fp16', 'fp8']);

interface Row {
  readonly query: string;
  readonly documents: readonly string[];
  readonly right: number;
}

const reranker = describeReranker(options.model, readModelConfig(options.model));
if (reranker.score.head.kind !== 'tokens') throw new Error(`${options.model} is a classifier; expected a causal model`);
const tokenizer = await Tokenizer.load(options.model, { forms: reranker.prompt, answers: reranker.score.head });
const { forms, positiveId, negativeId } = tokenizer.constants;
const template = new PromptTemplate(tokenizer, forms, reranker.defaultInstruction);
const rows = readJsonLines<Row>(path.join(embeddedModelFolder, 'evaluation/wordnet.jsonl')).slice(
  0,
  Number(options.requests),
);
const layouts: SegmentLayout[] = [];
for (const row of rows) layouts.push(await laidOut(row));
const exact = await scoresIn('f32');
console.log(`${options.model}, ${options.device}: ${rows.length} queries × ${rows[0]!.documents.length} documents\n`);
console.log('| format | mean error of d | largest | 99 % of P(yes) within | pairs that change order | nDCG@10 |');
console.log('|---|---|---|---|---|---|');
console.log(`| f32 | | | | | ${formatFigures(judged(exact)).ndcg.toFixed(4)} |`);
for (const format of options.formats.split(',')) {
  const figures = formatFigures(judged(await scoresIn(format)));
  const cells = [
    format,
    figures.meanError.toPrecision(2),
    figures.largestError.toPrecision(2),
    figures.probabilityError.toPrecision(2),
    `${(100 * figures.changedPairs).toFixed(2)} %`,
    figures.ndcg.toFixed(4),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function laidOut({ query, documents }: Row): Promise<SegmentLayout> {
  const prompt = await template.encode({ query, documents });
  return layOut([
    { ids: prompt.head },
    { ids: prompt.query, parent: 0 },
    ...prompt.documents.map((ids) => ({ ids: Int32Array.of(...ids, ...prompt.frame.tail), parent: 1, scored: true })),
  ]);
}

async function scoresIn(dtype: string): Promise<Float32Array[]> {
  const { device } = options;
  const ops = await createLibtorchBackend({
    threads: Number(options.threads),
    device,
    dtype,
    // What only a GPU multiplies in is emulated on a CPU.
    tensors: device === 'cpu' && EMULATED.has(dtype),
  });
  const opened = openCheckpoint(options.model);
  const source = {
    tensor: (name: string) => opened.checkpoint.tensor(name),
    scoreDirection: scoreDirection(opened, {
      kind: 'tokens',
      positive: positiveId!,
      ...(negativeId !== undefined && { negative: negativeId }),
    }),
  };
  const weights = await loadQwen3Weights(ops, opened.config, source, async () => undefined);
  const model = new Qwen3Model(ops, opened.config, weights);
  const scores: Float32Array[] = [];
  for (const layout of layouts) scores.push(await model.score(layout));
  opened.checkpoint.close();
  ops.close();
  return scores;
}

function judged(scores: readonly Float32Array[]): JudgedRequest[] {
  return rows.map(({ right }, index) => ({ right, exact: [...exact[index]!], scores: [...scores[index]!] }));
}
