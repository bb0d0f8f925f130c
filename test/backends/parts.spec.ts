import { describe, expect, it } from 'vitest';
import { Random } from '#apps/workshop';
import { layOut } from '#libs/tensor';
import { Qwen3Model } from '#libs/models';
import { NATIVE_BUILT } from '../support/backends.js';
import { openInFormat } from './open-format.js';
import { loadSmallQwen3 } from './small-qwen3.js';

/** Most that a score may differ by the company that a document has in its batch. */
const TOLERANCES: Readonly<Record<string, number>> = { bf16: 0.02, int8: 0.05 };
const GROUPINGS = 1000;

describe.skipIf(!NATIVE_BUILT).for(['bf16', 'int8'])('in %s', (dtype) => {
  // The CPU does what looks at one row at a time for 960 rows after the other: this batch has more.
  it('a batch of more rows than are done at a time scores as its documents do alone', async ({ skip }) => {
    const documents = [300, 700, 5, 451, 960, 33].map((length, index) => tokens(length, 31 * index));
    await withModel(dtype, skip, async (model) => {
      const together = await scores(model, documents);
      const alone = await oneByOne(model, documents);
      expect(largestDifference(together, alone)).toBeLessThan(1e-3);
      expect(new Set(together).size).toBe(documents.length);
    });
  });

  it(`${GROUPINGS} random groupings score as the documents do alone`, async ({ skip }) => {
    const documents = Array.from({ length: 40 }, (_, index) => tokens(1 + ((index * 13) % 45), 57 * index));
    await withModel(dtype, skip, async (model) => {
      const alone = await oneByOne(model, documents);
      const random = new Random(2026);
      let largest = 0;
      for (let grouping = 0; grouping < GROUPINGS; grouping += 1) {
        const chosen = documents.flatMap((_, index) => (random.next() < 0.3 ? [index] : []));
        const together = await scores(
          model,
          chosen.map((index) => documents[index]!),
        );
        const expected = chosen.map((index) => alone[index]!);
        largest = Math.max(largest, largestDifference(together, expected));
      }
      expect(largest).toBeLessThan(TOLERANCES[dtype]!);
    });
  });
});

async function withModel(
  dtype: string,
  skip: (reason: string) => never,
  use: (model: Qwen3Model) => Promise<void>,
): Promise<void> {
  const ops = await openInFormat(dtype, skip);
  try {
    await use(await loadSmallQwen3(ops));
  } finally {
    ops.close();
  }
}

async function scores(model: Qwen3Model, documents: readonly Int32Array[]): Promise<number[]> {
  if (documents.length === 0) return [];
  return [...(await model.score(layOut(documents.map((ids) => ({ ids, scored: true })))))];
}

async function oneByOne(model: Qwen3Model, documents: readonly Int32Array[]): Promise<number[]> {
  const all: number[] = [];
  for (const document of documents) all.push(...(await scores(model, [document])));
  return all;
}

function largestDifference(one: readonly number[], other: readonly number[]): number {
  return one.reduce((most, score, index) => Math.max(most, Math.abs(score - other[index]!)), 0);
}

function tokens(length: number, seed: number): Int32Array {
  return Int32Array.from({ length }, (_, position) => (7 * position + seed) % 512);
}
