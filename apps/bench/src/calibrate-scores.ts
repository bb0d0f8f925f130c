import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { lineChart, markdownTable, Reranker, withServer } from '#apps/workshop';
import { brierScore, calibrationError, reliability, type JudgedPair } from './calibrate/calibration-figures.js';
import { halves, readPairs, type LabelledPair } from './calibrate/labelled-pairs.js';
import { fitScores, probabilityOf } from './calibrate/score-fit.js';

// From labelled pairs to probabilities that mean what they say: npm run bench -- calibrate-scores pairs.jsonl [--model NAME] [--url URL]
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'embedded' },
    url: { type: 'string' },
    out: { type: 'string', default: 'score_calibration.json' },
    plot: { type: 'string', default: 'score_calibration.svg' },
  },
});
const DOCUMENTS_A_REQUEST = 200;

if (positionals.length === 0) throw new Error('name a file of pairs: npm run bench -- calibrate-scores pairs.jsonl');
const [toFit, heldOut] = halves(positionals.flatMap(readPairs));
await withServer(options, (url) => calibrate(new Reranker(url)));

/** Figures and curve are those of the pairs that were held out; what is written was fitted on the others. */
async function calibrate(reranker: Reranker): Promise<void> {
  const fit = fitScores(await judgedBy(toFit, (query, documents) => reranker.scores(query, documents)).then(scored));
  const raw = await judgedBy(heldOut, (query, documents) => reranker.scores(query, documents));
  const before = await judgedBy(heldOut, (query, documents) => reranker.relevances(query, documents));
  const after = raw.map(({ said, relevant }) => ({ said: probabilityOf(said, fit), relevant }));
  console.log(`${toFit.length} pairs fitted, ${heldOut.length} of other queries held out\n`);
  console.log(
    markdownTable(
      ['held out', 'expected calibration error', 'Brier score'],
      [
        ['as the server answers', ...figuresOf(before)],
        [`sigmoid(${fit.a.toFixed(4)} · raw score ${signed(fit.b)})`, ...figuresOf(after)],
      ],
    ),
  );
  writeFileSync(options.out, `${JSON.stringify({ ...fit, pairs: toFit.length }, null, 2)}\n`);
  writeFileSync(options.plot, curve(before, after));
  console.log(`wrote ${options.out} and ${options.plot}`);
}

/** What is said of each pair, asked query by query. */
async function judgedBy(
  pairs: readonly LabelledPair[],
  ask: (query: string, documents: readonly string[]) => Promise<number[]>,
): Promise<JudgedPair[]> {
  const found: JudgedPair[] = [];
  for (const query of new Set(pairs.map((pair) => pair.query))) {
    const ofQuery = pairs.filter((pair) => pair.query === query);
    for (let from = 0; from < ofQuery.length; from += DOCUMENTS_A_REQUEST) {
      const some = ofQuery.slice(from, from + DOCUMENTS_A_REQUEST);
      const documents = some.map(({ document }) => document);
      const said = await ask(query, documents);
      found.push(...some.map(({ relevant }, place) => ({ said: said[place]!, relevant })));
    }
  }
  return found;
}

function scored(pairs: readonly JudgedPair[]) {
  return pairs.map(({ said, relevant }) => ({ score: said, relevant }));
}

function figuresOf(pairs: readonly JudgedPair[]): string[] {
  return [calibrationError(reliability(pairs)).toFixed(4), brierScore(pairs).toFixed(4)];
}

function curve(before: readonly JudgedPair[], after: readonly JudgedPair[]): string {
  return lineChart({
    title: 'Reliability on pairs that were held out',
    xLabel: 'relevance answered',
    yLabel: 'part that is relevant',
    axes: 'linear',
    series: [
      { name: 'as the model says', points: pointsOf(before) },
      { name: 'calibrated', points: pointsOf(after) },
      {
        name: 'perfect',
        points: [
          [0, 0],
          [1, 1],
        ],
      },
    ],
  });
}

function pointsOf(pairs: readonly JudgedPair[]) {
  return reliability(pairs).map(({ said, seen }) => [said, seen] as const);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'} ${Math.abs(value).toFixed(4)}`;
}
