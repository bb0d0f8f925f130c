import { parseArgs } from 'node:util';
import { embeddedModelFolder } from '#libs/embedded-model';
import { PreciseWeights, PRODUCTS } from '#libs/models';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { asInEngine } from './as-in-engine.js';
import { int8Errors, outstandingPlaces, type PlaceError } from './calibrate/int8-errors.js';
import { formatFigures } from './format-figures.js';
import { openJudgedTexts, scoreTexts, type JudgedTexts } from './judged-texts.js';

// `npm run bench -- calibrate-int8 --model FOLDER [--texts FILE] [--requests N]`: the error of the score d with one weight at a time in
// int8, by layer and product, and the list for INT8_PRECISE that follows from it. Takes a pass over the texts for each weight.
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: embeddedModelFolder },
    texts: { type: 'string' },
    requests: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
  },
});

asInEngine(Number(options.threads));
const judged = await openJudgedTexts(options.model, Number(options.requests), options.texts);
console.log(`mean error of d with one weight in int8; ${options.model}\n`);
console.log(`| layer | ${PRODUCTS.join(' | ')} |`);
console.log(`|${'---|'.repeat(PRODUCTS.length + 1)}`);
const floats = await open('f32');
let cells: string[] = [];
const errors = await int8Errors(floats, judged, printed);
floats.close();
const list = ['auto', ...outstandingPlaces(errors)].join(',');
console.log(`\nINT8_PRECISE=${list}\n`);
const exact = await scoreTexts(await open('f32'), judged);
for (const places of new Set(['none', 'auto', list])) console.log(await outcome(places, judged));
judged.close();

function printed({ layer, product, error }: PlaceError): void {
  cells.push(error.toPrecision(2));
  if (product !== PRODUCTS.at(-1)) return;
  console.log(`| ${layer} | ${cells.join(' | ')} |`);
  cells = [];
}

async function outcome(places: string, { shape, texts }: JudgedTexts): Promise<string> {
  const ops = await open('int8');
  const precise = PreciseWeights.of(places, shape, ops.describe().precise === 'bf16');
  const scores = await scoreTexts(ops, judged, precise);
  const figures = formatFigures(
    texts.map(({ right = 0 }, index) => ({ right, exact: exact[index]!, scores: scores[index]! })),
  );
  const mebibytes = Math.round(precise.parameters(shape) / 2 ** 20);
  const { meanError, probabilityError, spearman } = figures;
  return (
    `${places}: mean error ${meanError.toPrecision(2)}, 99 % of P(yes) within ${probabilityError.toPrecision(2)}, ` +
    `Spearman ${spearman.toFixed(4)}; ${mebibytes} million parameters keep more bits`
  );
}

function open(dtype: string) {
  return createLibtorchBackend({ threads: Number(options.threads), device: 'cpu', dtype });
}
