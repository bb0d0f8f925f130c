import { describe, expect, it } from 'vitest';
import type { KeyValues, SegmentLayout } from '#libs/tensor';
import { ModelRunner } from './model-runner.js';
import { PrefixKvCache } from './prefix-kv-cache.js';
import { measureTokensPerSecond } from './warm-up.js';

const GPU = { vocabularySize: 100, device: 'cuda:0' };

/** Scores everything 0; memory is enough for this many rows, and a failure has this code. */
class CrampedModel {
  constructor(
    private readonly mostRows: number,
    private readonly code = 'OUT_OF_MEMORY',
  ) {}

  async score({ rowCount, segments }: SegmentLayout): Promise<Float32Array> {
    if (rowCount > this.mostRows) throw Object.assign(new Error('too much'), { code: this.code });
    return new Float32Array(segments.length);
  }

  keyValues(tokens: number): KeyValues {
    return { tokens, bytes: tokens, dispose: () => undefined };
  }
}

function measure(model: CrampedModel) {
  return measureTokensPerSecond(new ModelRunner(model, new PrefixKvCache(0)), GPU);
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

  it('cannot be had where not even the smallest fits, nor after another failure', async () => {
    await expect(measure(new CrampedModel(0))).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    await expect(measure(new CrampedModel(5000, 'DEVICE_FAULT'))).rejects.toMatchObject({ code: 'DEVICE_FAULT' });
  });
});
