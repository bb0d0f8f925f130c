import { describe, expect, it } from 'vitest';
import { sentence, verdictLines, verdicts, type StepOutcome } from './verdict.mjs';

const H200 = { gpu: 'NVIDIA H200, 570.1, 143771 MiB' };

/** Of a table of the bench. */
const row = (workload: string, figures: object = {}) => ({
  workload,
  passMs: 10,
  gemmMs: 7,
  referenceMs: 51,
  tokensPerSecond: 1_234_567.8,
  documentsPerSecond: 20_925,
  ...figures,
});

/** What the steps of a check print where every bar is held. */
function outcomes(changed: Record<string, object> = {}): readonly StepOutcome[] {
  const bench = {
    shape: '0.6b',
    dtype: 'bf16',
    version: '2.7.1',
    notes: [],
    deviceBytes: 2e9,
    rows: ['14', '50', '100'].map((tokens) => row(`27 × 100 × ${tokens}`)),
  };
  const printed: Record<string, object> = {
    bench,
    'bench-fp8': { rows: [row('27 × 100 × 100', { passMs: 7 })] },
    latency: { rows: [{ workload: '1 × 10 × 50', aloneMs: 2.9, passMs: 2.5, hostMs: 0.4, launchMs: 0.1 }] },
    matmul: { teraflops: 700 },
    http: { gpuBusy: 0.95 },
    ...changed,
  };
  return Object.entries(printed).map(([name, figures]) => ({
    name,
    ok: true,
    stdout: `said before\n${JSON.stringify(figures)}`,
  }));
}

const missed = (of: readonly StepOutcome[]) =>
  verdicts(of)
    .filter(({ held }) => !held)
    .map(({ name }) => name);

describe('the bars of a check', () => {
  it('are all held by figures that reach them', () => {
    expect(missed(outcomes())).toEqual([]);
    expect(verdicts(outcomes())).toHaveLength(10);
  });

  it.each([
    [
      'latency',
      { rows: [{ workload: '1 × 10 × 50', aloneMs: 4.1, passMs: 2.5, hostMs: 0.4 }] },
      '10 documents of 50 tokens',
    ],
    [
      'latency',
      { rows: [{ workload: '1 × 10 × 50', aloneMs: 3, passMs: 2.5, hostMs: 0.6, launchMs: 0.2 }] },
      'event loop and launching / pass',
    ],
    ['matmul', { teraflops: 649 }, '8192³'],
    ['http', {}, 'GPU busy under load'],
    ['bench-fp8', { rows: [{ workload: '27 × 100 × 100', passMs: 8 }] }, 'fp8 / bf16 at 100 tokens'],
  ])('%s: %j misses its own', (step, figures, name) => {
    expect(missed(outcomes({ [step]: figures }))).toEqual([name]);
  });

  it('that have no figure are not held', () => {
    const without = outcomes().filter(({ name }) => name !== 'bench');
    expect(missed(without)).toHaveLength(6);
    expect(verdictLines(without).join('\n')).toContain('| products / pass at 100 tokens | 0.6 | not measured | NO |');
  });

  it('name a step that failed', () => {
    const failed = { name: 'parity', ok: false, reason: 'exit 1', stdout: '' };
    expect(missed([...outcomes(), failed])).toEqual(['step parity: exit 1']);
  });
});

describe('the sentence for README.md', () => {
  it('has the GPU, what computed, the rate, and that all is held', () => {
    expect(sentence(H200, outcomes())).toBe(
      'On NVIDIA H200 (0.6b, bf16, libtorch 2.7.1) documents of 50 tokens are ranked at 1,234,568 tokens a second, ' +
        '20,925 documents a second: all 10 bars are held (`npm run check -- gpu`).',
    );
  });

  it('says what was missed, with its figure', () => {
    expect(sentence(H200, outcomes({ matmul: { teraflops: 512.3 }, http: {} }))).toContain(
      '8 of 10 bars are held; missed: 8192³ 512 TFLOP/s of 650 TFLOP/s; GPU busy under load not measured',
    );
  });

  it('is none for a rehearsal, nor where nothing was measured', () => {
    expect(sentence({ ...H200, rehearsal: 'on the CPU' }, outcomes())).toBeUndefined();
    expect(sentence(H200, [])).toBeUndefined();
  });
});
