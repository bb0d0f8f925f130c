import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { describeReranker, openCheckpoint } from '#libs/model-repository';
import { markdownTable, Reranker, withServer } from '#apps/workshop';
import { HIDDEN_SIZES, PUBLISHED_NFCORPUS, PUBLISHED_SCORES, type ModelKey } from './published-scores.js';
import { compare, type Comparison } from './score-comparison.js';

// Whether a server scores the real models as others published: expected, got, difference.
const KEYS = Object.values(HIDDEN_SIZES).flatMap((sizes) => Object.values(sizes));
const COLUMNS = ['query', 'document', 'published', 'expected', 'got', 'difference', 'within'];
const USAGE = `npm run check -- model --model FOLDER            starts a server on a checkpoint
npm run check -- model --url URL --size ${KEYS.join('|')}   asks a running one; --key KEY when it wants a key
--report FILE                                     writes what a report to the project needs`;

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    url: { type: 'string' },
    size: { type: 'string' },
    key: { type: 'string' },
    report: { type: 'string' },
  },
});

if ((options.model === undefined) === (options.url === undefined)) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    await main(modelKey());
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}

async function main(model: ModelKey): Promise<void> {
  await withServer({ url: options.url, model: options.model ?? '' }, async (url) => {
    const { lines, wrong } = await verify(url, model);
    console.log(lines.join('\n'));
    if (options.report !== undefined) writeFileSync(options.report, `${[...machine(), ...lines].join('\n')}\n`);
    process.exitCode = wrong === 0 ? 0 : 1;
  });
}

function modelKey(): ModelKey {
  const key = options.size ?? keyInFolder();
  if (KEYS.includes(key as ModelKey)) return key as ModelKey;
  throw new Error(
    `no scores are published for ${key ?? 'a checkpoint of this size'}; --size must be ${KEYS.join(', ')}`,
  );
}

/** By what the checkpoint says it is, and its size. */
function keyInFolder(): ModelKey | undefined {
  if (options.model === undefined) return undefined;
  const { config, checkpoint } = openCheckpoint(options.model);
  checkpoint.close();
  return HIDDEN_SIZES[describeReranker(options.model, config).family]?.[config.hiddenSize];
}

async function verify(url: string, model: ModelKey): Promise<{ lines: string[]; wrong: number }> {
  const reranker = new Reranker(url, options.key);
  const rows: Comparison[] = [];
  for (const published of PUBLISHED_SCORES.filter(({ models }) => models.includes(model))) {
    rows.push(...compare(published, await reranker.scores(published.query, published.documents)));
  }
  const wrong = rows.filter(({ within }) => !within).length;
  const lines = [`${model} at ${url}: ${await describeServer(url)}`, '', markdownTable(COLUMNS, rows.map(cells))];
  if (model === PUBLISHED_NFCORPUS.model) {
    const { ndcg, tolerance, source } = PUBLISHED_NFCORPUS;
    lines.push(
      '',
      `Not run here: NFCorpus, the ten best of BM25 reranked: nDCG@10 ${ndcg} ± ${tolerance} (${source}).`,
    );
    lines.push(`With the data: npm run bench -- quality --url ${url} --beir FOLDER --candidates 10`);
  }
  lines.push('', wrong === 0 ? 'All within tolerance.' : `${wrong} outside tolerance.`);
  return { lines, wrong };
}

function machine(): string[] {
  return [`${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.type()} ${os.release()}, Node ${process.version}`, ''];
}

async function describeServer(url: string): Promise<string> {
  const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
  return ['model', 'backend', 'backend_version', 'device', 'dtype'].map((key) => String(health[key])).join(', ');
}

function cells({ query, document, published, expected, got, difference, within }: Comparison): string[] {
  const shown = document.length > 40 ? `${document.slice(0, 39)}…` : document;
  const numbers = [expected, got, difference].map((value) => String(Number(value.toPrecision(6))));
  return [query, shown, published, ...numbers, within ? 'yes' : '**no**'];
}
