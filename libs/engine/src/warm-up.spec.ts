import { describe, expect, it } from 'vitest';
import type { KeyValues, SegmentLayout } from '#libs/tensor';
import { ModelRunner } from './model-runner.js';
import { PrefixKvCache } from './prefix-kv-cache.js';
import { measureTokensPerSecond, recordSmallPasses, type Probed } from './warm-up.js';

const GPU = { vocabularySize: 100, device: 'cuda:0', batchRows: () => 20_000 };

/** Scores everything 0; memory is enough for this many rows, and a failure has this code. */
class CrampedModel {
  readonly layouts: SegmentLayout[] = [];

  constructor(
    private readonly mostRows: number,
    private readonly code = 'OUT_OF_MEMORY',
  ) {}

  /** Of each batch, prefixes left out. */
  get rows(): readonly number[] {
    return this.layouts.map(({ segments }) =>
      segments.reduce((sum, { length, scored }) => sum + (scored ? length : 0), 0),
    );
  }

  async score(layout: SegmentLayout): Promise<Float32Array> {
    const { rowCount, segments } = layout;
    this.layouts.push(layout);
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

describe('passes that a device records', () => {
  it('are run twice for each number of rows, of short and of long documents, keeping a prefix and reading it', async () => {
    const model = new CrampedModel(Infinity);
    const sizes = [64, 128, 1024];
    await recordSmallPasses(new ModelRunner(model, new PrefixKvCache(0)), { vocabularySize: 100, replayedRows: sizes });
    const kinds = model.layouts.map(({ rowCount, segments }) => {
      const rows = sizes.find((size) => rowCount <= size);
      const documents = segments.filter(({ scored }) => scored);
      const reads = segments.some(({ kept }) => kept !== undefined) ? 'reads' : 'keeps';
      return `${rows}: ${documents.length} documents, ${reads}`;
    });
    for (const [size, long] of [
      [64, 1],
      [128, 1],
      [1024, 5],
    ]) {
      for (const documents of [12, long]) {
        for (const kind of ['keeps', 'reads']) {
          expect(kinds.filter((found) => found === `${size}: ${documents} documents, ${kind}`)).toHaveLength(2);
        }
      }
    }
    expect(kinds).toHaveLength(8 * sizes.length);
  });
});
