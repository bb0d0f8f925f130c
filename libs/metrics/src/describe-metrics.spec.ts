import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { metricsPage } from './describe-metrics.js';
import { Instruments } from './instruments.js';

const PAGE = path.join(import.meta.dirname, '../../../docs/metrics.md');

it('docs/metrics.md is what `npm run generate` writes', async () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(await metricsPage());
});

it('names follow the conventions: counters end in _total, times in _seconds, and nothing is called by another unit', async () => {
  const metrics = await new Instruments().registry.getMetricsAsJSON();
  const own = metrics.filter(({ name }) => name.startsWith('rerank_'));
  const counters = own.filter(({ type }) => String(type) === 'counter').map(({ name }) => name);
  expect(counters.filter((name) => !name.endsWith('_total'))).toEqual([]);
  expect(own.filter(({ name }) => /_(ms|millis|kb|mb)(_|$)/u.test(name))).toEqual([]);
});
