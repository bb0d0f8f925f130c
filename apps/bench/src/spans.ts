import { parseArgs } from 'node:util';
import { markdownTable } from './markdown-table.js';
import { Reranker } from './reranker.js';
import { ServerProcess } from './server-process.js';
import { fetchDictionaries } from './spans/dictionaries.js';
import { KINDS, plantedCases, type PlantedCase } from './spans/planted.js';
import {
  keptBy,
  METHODS,
  rankedSentences,
  withinShare,
  type Kept,
  type Method,
  type RankedSentences,
} from './spans/span-quality.js';

// How well relevant spans hold answers that were planted in other text: npm run bench:spans [-- --model NAME] [--url URL]
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'embedded' },
    url: { type: 'string' },
    data: { type: 'string', default: 'build/dictionaries' },
    cases: { type: 'string', default: '200' },
  },
});

const SHARES = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35];
/** Absent: the usual one. */
const THRESHOLDS = [undefined, 0, 0.1];

fetchDictionaries(options.data);
const cases = plantedCases(options.data, Number(options.cases));
const server = options.url === undefined ? await ServerProcess.start(options.model) : undefined;
try {
  const reranker = new Reranker(options.url ?? server!.url!);
  console.log(
    `${cases.length} documents, ${KINDS.length} kinds of answers, no content word in common with the query\n`,
  );
  console.log(await served(reranker));
  console.log(await atEqualShare(reranker));
} finally {
  await server?.stop();
}

/** What the server's relevant_spans keep, by threshold and kind. */
async function served(reranker: Reranker): Promise<string> {
  const rows: string[][] = [];
  for (const threshold of THRESHOLDS) {
    const kept: { planted: PlantedCase; kept: Kept }[] = [];
    for (const planted of cases) {
      kept.push({ planted, kept: keptBy(await reranker.spans(planted.query, planted.document, threshold), planted) });
    }
    for (const kind of [undefined, ...KINDS]) {
      const of = kept.filter(({ planted }) => kind === undefined || planted.kind === kind).map((each) => each.kept);
      rows.push([threshold === undefined ? 'usual' : String(threshold), kind ?? 'all', ...summaryOf(of)]);
    }
  }
  return markdownTable(['threshold', 'answers', 'covered', 'text kept', 'spans a document'], rows);
}

async function atEqualShare(reranker: Reranker): Promise<string> {
  const all: { planted: PlantedCase; ranked: RankedSentences }[] = [];
  for (const planted of cases) all.push({ planted, ranked: await rankedSentences(reranker, planted) });
  const coveredBy = (method: Method, share: number) => {
    const kept = all.map(({ planted, ranked }) => keptBy(withinShare(ranked, method, share), planted));
    return percent(kept.filter(({ covered }) => covered).length / kept.length);
  };
  const rows = METHODS.map((method) =>
    Array.of<string>(method).concat(SHARES.map((share) => coveredBy(method, share))),
  );
  return markdownTable(['covered, by share of the text kept', ...SHARES.map((share) => `${100 * share} %`)], rows);
}

function summaryOf(kept: readonly Kept[]): string[] {
  const mean = (valueOf: (each: Kept) => number) => kept.reduce((sum, each) => sum + valueOf(each), 0) / kept.length;
  return [
    percent(mean(({ covered }) => Number(covered))),
    percent(mean(({ share }) => share)),
    mean(({ spans }) => spans).toFixed(1),
  ];
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
