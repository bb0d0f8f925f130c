import { describe, expect, it } from 'vitest';
import { metricSamples } from '#apps/workshop';
import { meanUtilisation } from './gpu-utilisation.js';
import type { Observation } from './observation.js';
import { occupationBetween } from './occupation.js';

describe('the occupation between two observations', () => {
  const before = observation({ atMs: 5000, seconds: 2, batches: 10, cpu: 1 });
  const after = observation({ atMs: 15_000, seconds: 9.5, batches: 40, cpu: 4 });
  const occupation = occupationBetween(before, after);

  it('counts what was done between them and nothing before', () => {
    expect(occupation).toMatchObject({ seconds: 10, batches: 30, documentsPerSecond: 300, tokensPerSecond: 18_000 });
    expect(occupation).toMatchObject({ tokensPerBatch: 6000, batchFill: 0.75 });
    expect(occupation.tokenizeMs).toBeCloseTo(20);
  });

  it('gives times as shares of the time that passed', () => {
    expect(occupation.computing).toBeCloseTo(0.75);
    expect(occupation).toMatchObject({
      serverCores: 0.6,
      serverEventLoop: 0.3,
      engineCores: 1.5,
      engineEventLoop: 0.3,
    });
    expect(occupation.generator).toBeCloseTo(0.3);
  });

  it('takes the lag of the later scrape: Node starts anew at each', () => {
    expect(occupation.serverLagP99Ms).toBe(40);
  });

  it('is refused when the server lacks a metric, instead of being nothing', () => {
    const empty = { ...after, metrics: metricSamples('# nothing\n') };
    expect(() => occupationBetween(before, empty)).toThrow('rerank_batch_tokens_count');
  });
});

describe('the utilisation of the GPU', () => {
  it('is the mean of what was sampled, without a line that was cut off', () => {
    expect(meanUtilisation('100\n80\n[N/A]\n1')).toBeCloseTo(0.9);
  });

  it('is absent where nothing was sampled', () => {
    expect(meanUtilisation('')).toBeUndefined();
    expect(meanUtilisation('[N/A]\n')).toBeUndefined();
  });
});

interface Done {
  readonly atMs: number;
  /** Of computing. */
  readonly seconds: number;
  readonly batches: number;
  readonly cpu: number;
}

/** Batches of 6,000 tokens and a budget of 8,000, from one request of 100 documents each. */
function observation({ atMs, seconds, batches, cpu }: Done): Observation {
  const scrape = `# HELP rerank_batch_seconds Time of one batch in the engine.
# TYPE rerank_batch_seconds histogram
rerank_batch_seconds_bucket{le="0.05"} ${batches}
rerank_batch_seconds_sum ${seconds}
rerank_batch_tokens_sum ${6000 * batches}
rerank_batch_tokens_count ${batches}
rerank_batch_fill_ratio_sum ${0.75 * batches}
rerank_documents_total ${100 * batches}
rerank_computed_tokens_total ${6000 * batches}
rerank_tokenize_seconds_sum ${0.02 * batches}
rerank_tokenize_seconds_count ${batches}
nodejs_eventloop_lag_p99_seconds ${0.001 * batches}
`;
  return {
    atMs,
    metrics: metricSamples(scrape),
    server: { allThreads: 2 * cpu, eventLoop: cpu },
    engine: { allThreads: 5 * cpu, eventLoop: cpu },
    generatorSeconds: cpu,
  };
}
