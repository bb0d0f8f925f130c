import { describe, expect, it } from 'vitest';
import type { LoadRun } from '#apps/workshop';
import { parseWorkload } from '../load/request-maker.js';
import { replaceSection } from './publish.js';
import { chart, markdown } from './report.js';
import { resultOf, type RunOptions } from './result.js';
import type { MeasuredRow } from './rounds.js';

const ENVIRONMENT = {
  cpu: 'a CPU',
  instructionSets: ['avx2', 'amx_int8'],
  cores: 2,
  memoryGib: 24,
  system: 'x',
  node: 'v20',
  date: '2026-01-01',
  loadBefore: 0.1,
};
const OPTIONS: RunOptions = {
  model: '0.6b',
  threads: 2,
  rounds: 3,
  seconds: 3,
  seed: 1,
  isa: 'vnni',
  documents: 20,
  commit: 'abc1234+',
};

/** One answer after each of these times, in seconds. */
const runs = (...seconds: number[]): LoadRun[] =>
  seconds.map((each) => ({
    seconds: each,
    samples: [{ intendedMs: 0, startedMs: 0, endedMs: each * 1000, outcome: 'ok' }],
  }));
const row = (peer: string, tokens: number, seconds: readonly number[], callers = 1): MeasuredRow => ({
  peer,
  workload: parseWorkload(`20x${tokens}`),
  callers,
  runs: runs(...seconds),
});
const result = (rows: readonly MeasuredRow[]) =>
  resultOf(
    {
      rows,
      facts: new Map([['vllm', { name: 'vllm', about: '0.32.0', readySeconds: 61, residentGib: 8.5 }]]),
      agreement: [
        {
          peer: 'vllm',
          with: 'ours-bf16',
          figures: { requests: 4, largestDifference: 0.01, meanDifference: 0.002, sameOrder: 0.995, sameBest: 1 },
        },
      ],
      failures: new Map([['openvino', 'round 1: did not become ready']]),
    },
    ENVIRONMENT,
    OPTIONS,
  );

describe('the report of peers', () => {
  const measured = result([
    row('ours-bf16', 14, [0.5, 0.4, 0.8]),
    row('ours-bf16', 350, [8, 8, 8]),
    row('vllm', 14, [2, 4, 4]),
    row('vllm', 350, [5, 5, 5]),
  ]);
  const text = markdown(measured);

  it('gives the median round and the best one', () => {
    expect(text).toContain('| ours-bf16 | 40 (50) | 2.5 (2.5) |');
    expect(text).toContain('| vllm | 5 (10) | 4 (4) |');
  });

  it('sets our median against the best round of the peer, bold where the bar is met', () => {
    expect(text).toContain('| ours-bf16 / vllm | **4×** (2.5) | 0.625× (1) |');
  });

  it('names machine, cap, commit, scores and what failed', () => {
    for (const part of [
      'a CPU',
      'amx_int8; all capped to vnni',
      'abc1234+',
      '99.5 %',
      '**openvino failed**: round 1',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('takes the faster of the two llama.cpp', () => {
    const both = result([
      row('ours-int8', 14, [1]),
      row('llama.cpp-q8_0', 14, [10]),
      row('llama.cpp-npm-q8_0', 14, [20]),
    ]);
    expect(markdown(both)).toContain('| ours-int8 / llama.cpp-q8_0, llama.cpp-npm-q8_0 | **10×** (10) |');
  });

  it('keeps callers apart, with the p95 of several', () => {
    const eight = markdown(result([row('vllm', 14, [2]), row('vllm', 14, [8], 8)]));
    expect(eight).toContain('with 8 callers');
    expect(eight).toContain('| vllm | 2.5 (2.5), 8.0 s |');
  });

  it('draws what one caller got', () => {
    expect(chart(measured)).toMatch(/^<svg .*ours-bf16.*<\/svg>\n$/su);
  });
});

describe('a section of a page', () => {
  it('is replaced between its marks, and nothing else is', () => {
    const page = 'a\n<!-- peers-amx:start -->\nold\n<!-- peers-amx:end -->\nz\n';
    expect(replaceSection(page, 'peers-amx', 'new')).toBe(
      'a\n<!-- peers-amx:start -->\n\nnew\n\n<!-- peers-amx:end -->\nz\n',
    );
    expect(() => replaceSection(page, 'peers-vnni', 'new')).toThrow('<!-- peers-vnni:start -->');
  });
});
