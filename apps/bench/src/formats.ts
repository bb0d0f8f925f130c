import { parseArgs } from 'node:util';
import { embeddedModelFolder } from '#libs/embedded-model';
import { PreciseWeights } from '#libs/models';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { asInEngine } from './as-in-engine.js';
import { formatFigures, type FormatFigures } from './format-figures.js';
import { openJudgedTexts, scoreTexts } from './judged-texts.js';

// `npm run bench -- formats [--model FOLDER] [--device cuda]`: what number formats of fewer bits cost, as scores of real texts
// against those of float32. fp8 is emulated on a CPU: products round as a GPU's do, sums are float32.
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: embeddedModelFolder },
    texts: { type: 'string' },
    device: { type: 'string', default: 'cpu' },
    formats: { type: 'string', default: 'bf16,int8,fp8' },
    requests: { type: 'string', default: '300' },
    threads: { type: 'string', default: '2' },
    'int8-precise': { type: 'string', default: 'auto' },
  },
});

const EMULATED = new Set(['fp16', 'fp8']);

asInEngine(Number(options.threads));
const judged = await openJudgedTexts(options.model, Number(options.requests), options.texts);
const exact = await scoresIn('f32');
const documents = judged.texts.reduce((total, text) => total + text.documents.length, 0);
console.log(`${options.model}, ${options.device}: ${judged.texts.length} queries, ${documents} documents\n`);
const columns = ['format', 'mean error of d', 'largest', '99 % of P(yes) within', 'pairs that change order'];
console.log(`| ${[...columns, 'of those more than 0.3 apart', 'Spearman: mean, lowest', 'nDCG@10'].join(' | ')} |`);
console.log(`|${'---|'.repeat(8)}`);
console.log(`| f32 | | | | | | | ${figuresOf(exact).ndcg.toFixed(4)} |`);
for (const format of options.formats.split(',')) console.log(line(format, figuresOf(await scoresIn(format))));
judged.close();

function line(format: string, figures: FormatFigures): string {
  const cells = [
    format,
    figures.meanError.toPrecision(2),
    figures.largestError.toPrecision(2),
    figures.probabilityError.toPrecision(2),
    `${(100 * figures.changedPairs).toFixed(2)} %`,
    String(figures.changedClearPairs),
    `${figures.spearman.toFixed(4)}, ${figures.lowestSpearman.toFixed(3)}`,
    figures.ndcg.toFixed(4),
  ];
  return `| ${cells.join(' | ')} |`;
}

async function scoresIn(dtype: string): Promise<number[][]> {
  const { device } = options;
  const ops = await createLibtorchBackend({
    threads: Number(options.threads),
    device,
    dtype,
    // What only a GPU multiplies in is emulated on a CPU.
    tensors: device === 'cpu' && EMULATED.has(dtype),
  });
  const inBf16 = ops.describe().precise === 'bf16';
  return scoreTexts(ops, judged, PreciseWeights.of(options['int8-precise'], judged.shape, inBf16));
}

function figuresOf(scores: readonly (readonly number[])[]): FormatFigures {
  return formatFigures(
    judged.texts.map(({ right = 0 }, index) => ({ right, exact: exact[index]!, scores: scores[index]! })),
  );
}
