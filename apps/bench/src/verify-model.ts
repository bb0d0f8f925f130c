import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HIDDEN_SIZES, PUBLISHED_NFCORPUS, PUBLISHED_SCORES, type ModelSize } from './published-scores.js';
import { compare, type Comparison } from './score-comparison.js';
import { ServerProcess } from './server-process.js';

// Whether a server scores the real models as others published: expected, got, difference.
const USAGE = `npm run verify:model -- --model FOLDER              starts a server on a Qwen3-Reranker checkpoint
npm run verify:model -- --url URL --size 0.6b|4b|8b   asks a running one; --key KEY when it wants a key`;

const { values: options } = parseArgs({
  options: { model: { type: 'string' }, url: { type: 'string' }, size: { type: 'string' }, key: { type: 'string' } },
});

if ((options.model === undefined) === (options.url === undefined)) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    await main(sizeOf());
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}

async function main(size: ModelSize): Promise<void> {
  const server = options.model === undefined ? undefined : await ServerProcess.start(options.model);
  try {
    await verify(options.url ?? server!.url!, size);
  } finally {
    await server?.stop();
  }
}

function sizeOf(): ModelSize {
  const size = options.size ?? sizeInConfig();
  if (Object.values(HIDDEN_SIZES).includes(size as ModelSize)) return size as ModelSize;
  throw new Error(`no scores are published for ${size ?? 'a checkpoint of this size'}; --size must be 0.6b, 4b or 8b`);
}

function sizeInConfig(): ModelSize | undefined {
  if (options.model === undefined) return undefined;
  const config = JSON.parse(readFileSync(path.join(options.model, 'config.json'), 'utf8')) as { hidden_size?: number };
  return HIDDEN_SIZES[config.hidden_size ?? 0];
}

async function verify(url: string, size: ModelSize): Promise<void> {
  console.log(`Qwen3-Reranker-${size.toUpperCase()} at ${url}: ${await describeServer(url)}\n`);
  console.log('| query | document | published | expected | got | difference | within |');
  console.log('|---|---|---|---|---|---|---|');
  let wrong = 0;
  for (const published of PUBLISHED_SCORES.filter(({ models }) => models.includes(size))) {
    const scores = await rawScores(url, published.query, published.documents);
    for (const row of compare(published, scores)) {
      console.log(line(row));
      if (!row.within) wrong += 1;
    }
  }
  if (size === PUBLISHED_NFCORPUS.model) {
    const { ndcg, tolerance, source } = PUBLISHED_NFCORPUS;
    console.log(`\nNot run here: NFCorpus, the ten best of BM25 reranked: nDCG@10 ${ndcg} ± ${tolerance} (${source}).`);
    console.log(`With the data: npm run bench:quality -- --url ${url} --beir FOLDER --candidates 10`);
  }
  console.log(wrong === 0 ? '\nAll within tolerance.' : `\n${wrong} outside tolerance.`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function rawScores(url: string, query: string, documents: readonly string[]): Promise<number[]> {
  const response = await fetch(`${url}/rerank`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.key !== undefined && { authorization: `Bearer ${options.key}` }),
    },
    body: JSON.stringify({ query, documents, raw_scores: true }),
  });
  if (!response.ok) throw new Error(`${response.status} from ${url}: ${await response.text()}`);
  const { results } = (await response.json()) as { results: { index: number; relevance_score: number }[] };
  return results.toSorted((a, b) => a.index - b.index).map((result) => result.relevance_score);
}

async function describeServer(url: string): Promise<string> {
  const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
  return ['model', 'backend', 'backend_version', 'device', 'dtype'].map((key) => String(health[key])).join(', ');
}

function line({ query, document, published, expected, got, difference, within }: Comparison): string {
  const shown = document.length > 40 ? `${document.slice(0, 39)}…` : document;
  const cells = [query, shown, published, expected, got, difference, within ? 'yes' : '**no**'];
  return `| ${cells.map((cell) => (typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : cell)).join(' | ')} |`;
}
