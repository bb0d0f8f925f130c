import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const FILE = path.join(import.meta.dirname, '../../config/grafana/reranker.json');
const { panels } = JSON.parse(readFileSync(FILE, 'utf8')) as { panels: Panel[] };
const charts = panels.filter(({ type }) => type !== 'row').map(({ title, targets }) => ({ title, targets: targets! }));

const server = TestServer.forAll();
let exposed: ReadonlySet<string>;

beforeAll(async () => {
  await server.post('/rerank', { query: 'capital of France', documents: ['Paris', 'Rome'] });
  const text = await (await fetch(`${server.url}/metrics`)).text();
  exposed = new Set([...text.matchAll(/^(?<name>[a-z]\w*)(?=[{ ])/gmu)].map((match) => match.groups!['name']!));
});

it.each(charts)('the panel "$title" asks for metrics that a server has', ({ targets }) => {
  expect(targets.length).toBeGreaterThan(0);
  for (const { expr } of targets) {
    const asked = [...expr.matchAll(/\b(?<name>[a-z]\w*)\{/gu)].map((match) => match.groups!['name']!);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !exposed.has(name))).toEqual([]);
  }
});

it.each([
  'docker/helm/qwen3-reranker/templates/autoscaling.yaml',
  'docker/helm/qwen3-reranker/values.yaml',
  'config/prometheus/rules.yml',
])('%s names metrics that a server has', (file) => {
  const text = readFileSync(path.join(import.meta.dirname, '../..', file), 'utf8');
  const named = [...text.matchAll(/\brerank_\w+/gu)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !exposed.has(name))).toEqual([]);
});
