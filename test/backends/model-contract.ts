import { describe, expect, it } from 'vitest';
import { layOut, type ComputedSegment } from '#libs/tensor';
import { forest, wholePath } from './segment-trees.js';
import { loadSmallQwen3, SMALL_SHAPE } from './small-qwen3.js';
import { expectAgreement, expectClose, ids, type Backend, type Program } from './workbench.js';

/** The model of the product over the operations. */
export function describeModelContract(backend: Backend): void {
  describe('a whole model', () => {
    it('scores a forest as the reference does', async () => {
      await expectAgreement(backend(), [async (ops) => (await loadSmallQwen3(ops)).score(layOut(small(forest())))]);
    });

    it('scores one whose q, k and v have biases and whose heads are not normed as the reference does', async () => {
      await expectAgreement(backend(), [qwen2]);
    });

    it('scores a document in a tree as in a sequence of its own', async () => {
      const model = await loadSmallQwen3(backend());
      const segments = small(forest());
      const alone: number[] = [];
      for (const segment of segments.filter(({ scored }) => scored)) {
        alone.push(...(await model.score(layOut([{ ids: wholePath(segments, segment), scored: true }]))));
      }
      expectClose(await model.score(layOut(segments)), alone);
    });

    it('answers nothing for a pass that only stores a prefix, and continues it later', async () => {
      const model = await loadSmallQwen3(backend());
      const document = { ids: ids(30, 50), parent: 0, scored: true };
      const whole = await model.score(layOut([{ ids: ids(50) }, document]));
      const store = model.keyValues(50);
      expect(await model.score(layOut([{ ids: ids(50), store }]))).toEqual(new Float32Array(0));
      expectClose(await model.score(layOut([{ kept: store }, document])), whole);
      store.dispose();
    });
  });
}

const qwen2: Program = async (ops) => (await loadSmallQwen3(ops, { isQwen2: true })).score(layOut(small(forest())));

/** The same tree with ids of the small vocabulary. */
function small(segments: readonly ComputedSegment[]): ComputedSegment[] {
  return segments.map((segment) => ({ ...segment, ids: segment.ids.map((id) => id % SMALL_SHAPE.vocabularySize) }));
}
