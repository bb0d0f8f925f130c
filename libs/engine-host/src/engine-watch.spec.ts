import { describe, expect, it } from 'vitest';
import { BEAT_MS } from '#libs/engine-protocol';
import { batchDeadlineMs, EngineWatch, type Debt, type Verdict } from './engine-watch.js';

const NOTHING: Debt = { kind: 'nothing' };

/** Ticks once per beat; `beats` false: the process is stopped. */
function run(watch: EngineWatch, ms: number, debt: Debt, { beats = true } = {}): Verdict {
  let verdict: Verdict = { kind: 'well' };
  for (let passed = 0; passed < ms; passed += BEAT_MS) {
    if (beats) watch.beat();
    verdict = watch.tick(debt);
    if (verdict.kind === 'end') return verdict;
  }
  return verdict;
}

function beating(): EngineWatch {
  const watch = new EngineWatch();
  watch.beat();
  return watch;
}

describe('the watch', () => {
  it('calls an engine silent after two missed beats, within a second, and well again after the next beat', () => {
    const watch = beating();
    expect(run(watch, 500, NOTHING, { beats: false }).kind).toBe('well');
    expect(run(watch, 250, NOTHING, { beats: false }).kind).toBe('silent');
    watch.beat();
    expect(watch.tick({ kind: 'batch', deadlineMs: 5000 }).kind).toBe('well');
  });

  it('ends an engine that stays silent', () => {
    expect(run(beating(), 10_000, NOTHING, { beats: false })).toMatchObject({ kind: 'end', reason: /heartbeat/u });
  });

  it('misses no beats of a process that has not begun to beat', () => {
    expect(run(new EngineWatch(), 10_000, { kind: 'load' }, { beats: false }).kind).toBe('well');
  });

  it('ends an engine that beats but does not score its batch in time', () => {
    const batch: Debt = { kind: 'batch', deadlineMs: 5000 };
    expect(run(beating(), 5000, batch).kind).toBe('well');
    expect(run(beating(), 6000, batch)).toMatchObject({ kind: 'end', reason: /5000/u });
  });

  it('asks an idle engine for a sign, and ends one that gives none', () => {
    const watch = beating();
    expect(run(watch, 2000, NOTHING).kind).toBe('ask');
    watch.progress();
    expect(run(watch, 6000, { kind: 'pong' })).toMatchObject({ kind: 'end', reason: /idle/u });
  });

  it('ends an engine whose loading stands still, and leaves one alone that makes progress', () => {
    const watch = beating();
    for (let minute = 0; minute < 10; minute += 1) {
      expect(run(watch, 60_000, { kind: 'load' }).kind).toBe('well');
      watch.progress();
    }
    expect(run(watch, 200_000, { kind: 'load' })).toMatchObject({ kind: 'end', reason: /loading/u });
  });

  it('gives a batch ten times the predicted time, at least five seconds', () => {
    expect(batchDeadlineMs(10, 1000)).toBe(5000);
    expect(batchDeadlineMs(4000, 1000)).toBe(40_000);
  });
});
