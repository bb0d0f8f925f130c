import { describe, expect, it } from 'vitest';
import type { KeyValues, SegmentLayout } from '#libs/tensor';
import { ModelRunner } from './model-runner.js';
import { PrefixKvCache } from './prefix-kv-cache.js';
import { measureTokensPerSecond, type Probed } from './warm-up.js';

const GPU = { vocabularySize: 100, device: 'cuda:0', batchRows: () => 20_000 };

/** Scores everything 0; memory is enough for this many rows, and a failure has this code. */
class CrampedModel {
  readonly rows: number[] = [];

  constructor(
    private readonly mostRows: number,
    private readonly code = 'OUT_OF_MEMORY',
  ) {}

  async score({ rowCount, segments }: SegmentLayout): Promise<Float32Array> {
    this.rows.push(rowCount);
    if (rowCount > this.mostRows) throw Object.assign(new Error('too much'), { code: this.code });
    return new Float32Array(segments.length);
  }

  keyValues(tokens: number): KeyValues {
    return { tokens, bytes: tokens, dispose: () => undefined };
  }
}

function measure(model: CrampedModel, probed: Probed = GPU) {
  return measureTokensPerSecond(new ModelRunner(model, new PrefixKvCache(0)), probed);
}

describe('the rate of a device', () => {
  it('is measured with batches that fit, and the largest of them is told', async () => {
    const { tokensPerSecond, fittingRows } = await measure(new CrampedModel(5000));
    expect(tokensPerSecond).toBeGreaterThan(0);
    expect(fittingRows).toBe(4096);
  });

  it('has no bound where all of them fit', async () => {
    expect(await measure(new CrampedModel(Infinity))).not.toHaveProperty('fittingRows');
  });

  it('is measured once more with a batch as large as they will be, where that is larger', async () => {
    const model = new CrampedModel(Infinity);
    const { tokensPerSecond, mostTokensPerSecond } = await measure(model);
    expect(model.rows).toEqual([64, 64, 512, 512, 4096, 4096, 16_384, 16_384, 20_000, 20_000]);
    expect(mostTokensPerSecond).toBeGreaterThanOrEqual(tokensPerSecond);
    const slow = new CrampedModel(Infinity);
    await measure(slow, { ...GPU, device: 'cpu', batchRows: () => 512 });
    expect(slow.rows).toEqual([64, 64, 512, 512]);
  });

  it('cannot be had where not even the smallest fits, nor after another failure', async () => {
    await expect(measure(new CrampedModel(0))).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    await expect(measure(new CrampedModel(5000, 'DEVICE_FAULT'))).rejects.toMatchObject({ code: 'DEVICE_FAULT' });
  });
});
