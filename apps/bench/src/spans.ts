import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { lineChart, markdownTable, mean, percent, Reranker, withServer } from '#apps/workshop';
import { fetchDictionaries } from './spans/dictionaries.js';
import { KINDS, plantedCases } from './spans/planted.js';
import { someAtOnce } from './spans/some-at-once.js';
import {
  keptBy,
  METHODS,
  scoredCase,
  spansByRule,
  withinShare,
  type Kept,
  type Method,
  type Ranges,
  type ScoredCase,
} from './spans/span-quality.js';

// How well relevant spans hold answers that were planted in other text: npm run bench -- spans [--model NAME] [--url URL] [--plot FILE]
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'embedded' },
    url: { type: 'string' },
    data: { type: 'string', default: 'build/dictionaries' },
    cases: { type: 'string', default: '200' },
    // Of a server that ranks and knows no spans: what the rule would make of its scores.
    'scores-only': { type: 'boolean', default: false },
    plot: { type: 'string' },
  },
});

/** Seconds: on a machine that does other things a request may take long. */
const PATIENT = { REQUEST_TIMEOUT: '3600' };
const SHARES = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35];
const PLOTTED_SHARES = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];
const NAMED_THRESHOLDS = [0, 0.1];

fetchDictionaries(options.data);
const cases = plantedCases(options.data, Number(options.cases));
console.log(`${cases.length} documents, ${KINDS.length} kinds of answers, no content word in common with the query\n`);
await withServer({ ...options, env: PATIENT }, async (url) => {
  const reranker = new Reranker(url);
  const scored = await someAtOnce('windows', cases, (planted) => scoredCase(reranker, planted));
  const answered = options['scores-only'] ? scored.map((each) => spansByRule(each)) : await servedSpans(reranker);
  console.log(byThreshold(scored, answered));
  console.log(atEqualShare(scored));
  if (options.plot !== undefined) writeFileSync(options.plot, curves(scored));
});

function servedSpans(reranker: Reranker): Promise<Ranges[]> {
  return someAtOnce('spans', cases, ({ query, document }) => reranker.spans(query, document));
}

/** What is kept without a threshold, by kind of answer; and with one, by the server's rule. */
function byThreshold(scored: readonly ScoredCase[], answered: readonly Ranges[]): string {
  const usual = cases.map((planted, place) => ({ kind: planted.kind, kept: keptBy(answered[place]!, planted) }));
  const rows = [undefined, ...KINDS].map((kind) => {
    const ofKind = usual.filter((each) => kind === undefined || each.kind === kind);
    return ['none', kind ?? 'all'].concat(summaryOf(ofKind.map(({ kept }) => kept)));
  });
  const named = NAMED_THRESHOLDS.map((threshold) => {
    const kept = scored.map((each) => keptBy(spansByRule(each, threshold), each.planted));
    return [String(threshold), 'all'].concat(summaryOf(kept));
  });
  return markdownTable(['threshold', 'answers', 'covered', 'text kept', 'spans a document'], [...rows, ...named]);
}

function atEqualShare(scored: readonly ScoredCase[]): string {
  const rows = METHODS.map((method) =>
    Array.of<string>(method).concat(SHARES.map((share) => percent(coveredBy(scored, method, share)))),
  );
  return markdownTable(['covered, by share of the text kept', ...SHARES.map((share) => `${100 * share} %`)], rows);
}

function curves(scored: readonly ScoredCase[]): string {
  return lineChart({
    title: 'Answers that are kept whole',
    xLabel: 'part of the text that is kept',
    yLabel: 'part of the answers',
    axes: 'linear',
    series: METHODS.map((method) => ({
      name: method,
      points: PLOTTED_SHARES.map((share) => [share, coveredBy(scored, method, share)] as const),
    })),
  });
}

/** Part of the answers. */
function coveredBy(scored: readonly ScoredCase[], method: Method, share: number): number {
  const covered = scored.filter((each) => keptBy(withinShare(each, method, share), each.planted).covered);
  return covered.length / scored.length;
}

function summaryOf(kept: readonly Kept[]): string[] {
  return [
    percent(mean(kept.map(({ covered }) => Number(covered)))),
    percent(mean(kept.map(({ share }) => share))),
    mean(kept.map(({ spans }) => spans)).toFixed(1),
  ];
}
