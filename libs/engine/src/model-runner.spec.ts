import type { KeyValues, SegmentLayout } from '#libs/tensor';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ModelRunner } from './model-runner.js';
import { PrefixKvCache } from './prefix-kv-cache.js';

/** Scores each document with the sum of its ids, so that a score in the wrong place is seen. */
class SummingModel {
  readonly layouts: SegmentLayout[] = [];
  alive = 0;
  failWith: Error | undefined;
  answer: number | undefined;

  async score(layout: SegmentLayout): Promise<Float32Array> {
    this.layouts.push(layout);
    if (this.failWith !== undefined) throw this.failWith;
    const sums = layout.segments
      .filter(({ scored }) => scored)
      .map(({ start, length }) => layout.ids.subarray(start, start + length).reduce((sum, id) => sum + id, 0));
    return Float32Array.from(sums, (sum) => this.answer ?? sum);
  }

  keyValues(tokens: number): KeyValues {
    this.alive += 1;
    return { tokens, bytes: tokens, dispose: () => void (this.alive -= 1) };
  }
}

/** Its passes end when they are told to. */
class WaitingModel extends SummingModel {
  readonly ends: (() => void)[] = [];

  override async score(layout: SegmentLayout): Promise<Float32Array> {
    await new Promise<void>((resolve) => this.ends.push(resolve));
    return super.score(layout);
  }
}

const head = Int32Array.of(1, 2, 3);
const query = Int32Array.of(4, 5);
const otherQuery = Int32Array.of(6);

function share(requestId: number, prefix: Int32Array[], documents: number[], last = true) {
  return { requestId, prefix, documents: documents.map((id) => Int32Array.of(id, id)), last };
}

function runner(cacheBytes = 100) {
  const model = new SummingModel();
  const cache = new PrefixKvCache(cacheBytes);
  return { model, cache, runner: new ModelRunner(model, cache) };
}

describe('a batch', () => {
  it('computes head, query and documents once, and answers in the order of the documents', async () => {
    const { model, runner: engine } = runner();
    const scores = await engine.score({
      shares: [share(1, [head, query], [10, 11]), share(2, [head, otherQuery], [12])],
    });
    expect([...scores.logits]).toEqual([20, 22, 24]);
    expect(scores.computedTokens).toBe(3 + 2 + 1 + 3 * 2);
    expect(scores.sharedTokens).toBe(2 * (5 + 2) + (4 + 2) - scores.computedTokens);
    expect(model.layouts[0]!.segments.map(({ position }) => position)).toEqual([0, 3, 5, 5, 3, 4]);
  });

  it('computes nothing of a prefix that an earlier batch kept', async () => {
    const { runner: engine } = runner();
    await engine.score({ shares: [share(1, [head, query], [10])] });
    const again = await engine.score({ shares: [share(2, [head, query], [11])] });
    expect(again.computedTokens).toBe(2);
    expect([...again.logits]).toEqual([22]);
  });

  it('keeps a live request its prefix even where the cache keeps nothing, and lets go after its last batch', async () => {
    const { model, cache, runner: engine } = runner(0);
    await engine.score({ shares: [share(1, [head, query], [10], false)] });
    expect(cache.bytes).toBe(5);
    const last = await engine.score({ shares: [share(1, [head, query], [11], true)] });
    expect(last.computedTokens).toBe(2);
    expect(cache.bytes).toBe(0);
    expect(model.alive).toBe(0);
  });

  it('lets go of the prefix of a request that was cancelled', async () => {
    const { model, runner: engine } = runner(0);
    await engine.score({ shares: [share(1, [head, query], [10], false)] });
    engine.release(1);
    expect(model.alive).toBe(0);
  });

  it('does not confuse prefixes that are cut at another place', async () => {
    const { runner: engine } = runner();
    await engine.score({ shares: [share(1, [Int32Array.of(1, 2), Int32Array.of(3)], [10])] });
    const other = await engine.score({ shares: [share(2, [Int32Array.of(1), Int32Array.of(2, 3)], [10])] });
    expect(other.computedTokens).toBe(3 + 2);
  });

  it('keeps nothing of a batch that failed', async () => {
    const { model, cache, runner: engine } = runner();
    model.failWith = new Error('device lost');
    await expect(engine.score({ shares: [share(1, [head, query], [10])] })).rejects.toThrow('device lost');
    expect(model.alive).toBe(0);
    expect(cache.bytes).toBe(0);
  });

  it('lets go of the prefix of a request whose last batch failed', async () => {
    const { model, runner: engine } = runner(0);
    await engine.score({ shares: [share(1, [head, query], [10], false)] });
    model.failWith = new Error('device lost');
    await expect(engine.score({ shares: [share(1, [head, query], [11])] })).rejects.toThrow('device lost');
    expect(model.alive).toBe(0);
  });

  it('refuses a score that is not a number', async () => {
    const { model, runner: engine } = runner();
    model.answer = Number.NaN;
    await expect(engine.score({ shares: [share(1, [head], [10])] })).rejects.toMatchObject({
      code: 'non_finite_score',
    });
  });
});

describe('a batch that is begun while the device has another one', () => {
  const first = { shares: [share(1, [head, query], [10])] };
  const second = { shares: [share(2, [head, otherQuery], [11])] };

  it('computes nothing that the other one is about to', async () => {
    const { runner: engine } = runner();
    const [one, two] = [engine.begin(first), engine.begin(second)];
    expect((await one.finish()).computedTokens).toBe(3 + 2 + 2);
    const scores = await two.finish();
    expect([...scores.logits]).toEqual([22]);
    expect(scores.computedTokens).toBe(1 + 2);
  });

  it('is computed again, whole, when the other one failed', async () => {
    const { model, cache, runner: engine } = runner();
    model.failWith = new Error('no memory');
    const one = engine.begin(first);
    model.failWith = undefined;
    const two = engine.begin(second);
    await expect(one.finish()).rejects.toThrow('no memory');
    const scores = await two.finish();
    expect([...scores.logits]).toEqual([22]);
    expect(scores.computedTokens).toBe(3 + 1 + 2);
    cache.clear();
    expect(model.alive).toBe(0);
  });

  it('fails for a reason of its own without being tried again', async () => {
    const { model, runner: engine } = runner();
    const one = engine.begin(first);
    model.failWith = new Error('device lost');
    const two = engine.begin(second);
    await one.finish();
    await expect(two.finish()).rejects.toThrow('device lost');
    expect(model.layouts).toHaveLength(2);
  });

  it('keeps the prefix that both need, though the cache keeps nothing and the other one is finished', async () => {
    const { model, runner: engine } = runner(0);
    const one = engine.begin(first);
    const two = engine.begin({ shares: [share(2, [head, query], [11], false)] });
    await one.finish();
    await two.finish();
    const last = await engine.score({ shares: [share(2, [head, query], [12])] });
    expect(last.computedTokens).toBe(2);
    expect(model.alive).toBe(0);
  });

  it('took the device from when it was done with the other one, whenever that was asked for', async () => {
    let nowMs = 0;
    const model = new WaitingModel();
    const engine = new ModelRunner(model, new PrefixKvCache(100), () => nowMs);
    const one = engine.begin(first);
    nowMs = 30;
    const two = engine.begin(second);
    nowMs = 50;
    model.ends[0]!();
    await setImmediate();
    nowMs = 90;
    model.ends[1]!();
    await setImmediate();
    nowMs = 200;
    expect((await one.finish()).computeSeconds).toBeCloseTo(0.05);
    expect((await two.finish()).computeSeconds).toBeCloseTo(0.04);
  });
});
