import { describe, expect, it } from 'vitest';
import { figuresOf, percentile } from '#apps/workshop';
import { agreementOf } from './agreement.js';
import { charts, markdown, type BenchResult } from './report.js';
import { openTarget } from './targets.js';

const figures = (documentsPerSecond: number) => ({
  requests: 10,
  errors: {},
  requestsPerSecond: documentsPerSecond / 20,
  documentsPerSecond,
  p50Ms: 10,
  p95Ms: 20,
  p99Ms: 30,
  maxMs: 40,
  lateMs: 1,
});

const RESULT: BenchResult = {
  environment: {
    cpu: 'a CPU',
    instructionSets: ['avx2'],
    cores: 2,
    memoryGib: 8,
    system: 'x',
    node: 'v20',
    date: '2026-01-01',
    loadBefore: 0.1,
  },
  targets: [{ name: 'qwen3', url: 'http://127.0.0.1:1', about: 'embedded, tfjs' }],
  seed: 1,
  generatorCeiling: 5000,
  throughput: [14, 50].map((tokens) => ({
    target: 'qwen3',
    workload: `20x${tokens}`,
    documents: 20,
    tokens,
    concurrency: 1,
    figures: figures(1000 / tokens),
  })),
  openLoad: [1, 2].map((rate) => ({
    target: 'a<b',
    workload: '20x50',
    offeredRequestsPerSecond: rate,
    figures: figures(20),
  })),
  agreement: [
    {
      target: 'tei',
      with: 'qwen3',
      requests: 2,
      largestDifference: 1e-4,
      meanDifference: 1e-5,
      sameOrder: 1,
      sameBest: 1,
    },
  ],
};

function runOf(latencies: readonly number[], seconds: number) {
  return { seconds, samples: latencies.map((ms) => ({ intendedMs: 0, startedMs: 2, endedMs: ms, outcome: 'ok' })) };
}

describe('figures', () => {
  it('are nearest-rank percentiles from the intended start, over all rounds; the rate is the median round', () => {
    const { p50Ms, p99Ms, documentsPerSecond, lateMs } = figuresOf(
      [runOf([1, 2], 1), runOf([3, 4], 4), runOf([5], 1)],
      10,
    );
    expect([p50Ms, p99Ms, documentsPerSecond, lateMs]).toEqual([3, 5, 10, 2]);
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('agreement', () => {
  it('finds the largest difference, the pairs in another order, and the other best document', () => {
    const agreement = agreementOf(
      [
        [0.9, 0.5, 0.1],
        [0.2, 0.3],
      ],
      [
        [0.9, 0.1, 0.5],
        [0.3, 0.2],
      ],
    );
    expect(agreement).toMatchObject({ requests: 2, sameBest: 0.5, sameOrder: 0.5 });
    expect(agreement.largestDifference).toBeCloseTo(0.4);
    expect(agreement.meanDifference).toBeCloseTo(0.2);
  });
});

describe('the report', () => {
  it('names machine, versions and the generator’s own ceiling next to the figures', () => {
    const text = markdown(RESULT);
    for (const part of ['a CPU', 'embedded, tfjs', '5000 requests/s', '| qwen3 | 20 × 14 | 1 | 71.4 |', '1.0e-4']) {
      expect(text).toContain(part);
    }
  });

  it('draws throughput by length and latency by load, as SVG that a name cannot break', () => {
    const files = charts(RESULT);
    expect([...files.keys()]).toEqual(['throughput-by-length.svg', 'latency-by-load.svg']);
    for (const svg of files.values()) {
      expect(svg).toMatch(/^<svg /u);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
    }
    expect(files.get('latency-by-load.svg')).toContain('a&lt;b p99');
  });
});

describe('targets', () => {
  const results = [
    { index: 1, relevance_score: 0.9 },
    { index: 0, relevance_score: 0.1 },
  ];
  it.each([
    ['qwen3', { results }],
    ['tei', results.map(({ index, relevance_score: score }) => ({ index, score }))],
    ['llamacpp', { results }],
  ])('of kind %s: scores in the order of the documents', (kind, answer) => {
    expect(openTarget(kind, 'http://127.0.0.1:1/', 'm').scores(answer, 2)).toEqual([0.1, 0.9]);
  });

  it('refuse an answer without all scores, and an unknown kind', () => {
    const target = openTarget('fast:qwen3', 'http://127.0.0.1:1', 'm');
    expect(target.name).toBe('fast');
    expect(() => target.scores({ results: [{ index: 0, relevance_score: 1 }] }, 2)).toThrow('lacks the score');
    expect(() => target.scores({ error: 'no' }, 2)).toThrow('no results');
    expect(() => openTarget('other', 'http://127.0.0.1:1', 'm')).toThrow('tei');
  });
});
