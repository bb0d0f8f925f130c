import { describe, expect, it } from 'vitest';
import type { StoredDtype, StoredTensor } from '#libs/tensor';
import { random, randomLinear, randomNorm, stored } from './stored.js';
import {
  expectAgreement,
  expectClose,
  ids,
  onRows,
  runPass,
  type Backend,
  type Prepare,
  type Program,
} from './workbench.js';

const EPS = 1e-6;
/** One row, fewer than a vector register, several tiles. */
const ROW_COUNTS = [1, 3, 17, 256, 600];

/** The operations that work row by row. */
export function describeRowContract(backend: Backend): void {
  describe('rows', () => {
    it('are embedded by the ids, in their order', async () => {
      const ops = backend();
      const table = ops.embeddingTable(stored([3, 2], [1, 2, 3, 4, 5, 6]));
      const segments = [{ ids: Int32Array.of(2, 0, 2) }, { ids: Int32Array.of(1), parent: 0 }];
      expect([...(await runPass(ops, segments, (pass) => ops.embed(table, pass)))]).toEqual([5, 6, 1, 2, 5, 6, 3, 4]);
    });

    it('are normed by the root of the mean square, then weighed', async () => {
      const normed = await onRows(stored([1, 2], [3, 4]), norm([1, 2], 0))(backend());
      expectClose(normed, [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]);
    });

    it('have eps added to their mean square, under the root', async () => {
      expectClose(await onRows(stored([1, 2], [3, 4]), norm([1, 1], 3.5))(backend()), [3 / 4, 1]);
    });

    it('are added to the residual before the norm, which answers both', async () => {
      const x = stored([1, 2], [1, 2]);
      expectClose(await onRows(x, addTwos('residual'))(backend()), [3, 4]);
      expectClose(await onRows(x, addTwos('normed'))(backend()), [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)]);
    });

    it('are multiplied by the transposed weight, whose parts lie one below the other', async () => {
      const parts = [stored([1, 2], [5, 6]), stored([2, 2], [7, 8, 9, 10])];
      const product = await onRows(stored([2, 2], [1, 2, 3, 4]), linear(parts))(backend());
      expectClose(product, [17, 23, 29, 39, 53, 67]);
    });

    it('have a bias added, the same to each', async () => {
      const x = stored([2, 3], [1, 2, 3, 4, 5, 6]);
      const biased = await onRows(x, (ops) => {
        const bias = ops.vectorWeight(stored([3], [10, -20, 0.5]));
        return (input) => ops.addBias(input, bias);
      })(backend());
      expectClose(biased, [11, -18, 3.5, 14, -15, 6.5]);
    });

    it('are gated: silu of the first half times the second', async () => {
      const gated = await onRows(stored([1, 4], [1, -2, 3, 5]), swiglu)(backend());
      expectClose(gated, [3 / (1 + Math.exp(-1)), -10 / (1 + Math.exp(2))]);
    });

    it('are gathered at the end of each scored segment, in the order of the segments', async () => {
      const ops = backend();
      const table = ops.embeddingTable(stored([6, 1], [10, 11, 12, 13, 14, 15]));
      const segments = [
        { ids: ids(2) },
        { ids: ids(2, 2), parent: 0, scored: true },
        { ids: ids(1, 4), parent: 0 },
        { ids: ids(1, 5), parent: 2, scored: true },
      ];
      const gathered = await runPass(ops, segments, (pass) => ops.gatherScored(ops.embed(table, pass), pass));
      expect([...gathered]).toEqual([13, 15]);
    });

    it.each(ROW_COUNTS)('give the same as the reference, %i of them', async (rows) => {
      const x = (columns: number) => random('x', [rows, columns]);
      await expectAgreement(backend(), [
        onRows(x(48), (ops) => {
          const weight = ops.vectorWeight(randomNorm('norm', 48));
          return (input) => ops.rmsNorm(input, weight, EPS);
        }),
        onRows(x(32), addAndNorm('residual')),
        onRows(x(32), addAndNorm('normed')),
        onRows(x(48), linear([randomLinear('odd', [33, 48])])),
        onRows(x(64), linear([randomLinear('q', [32, 64]), randomLinear('k', [16, 64]), randomLinear('v', [16, 64])])),
        onRows(x(64), linear([randomLinear('one', [1, 64])])),
        onRows(x(160), swiglu),
        onRows(x(8), (ops) => (input, pass) => ops.gatherScored(input, pass)),
      ]);
    });

    it('are normed whether they are large, tiny or zero', async () => {
      const rows = [
        [1e5, -3, 2e4, 0.5],
        [1e15, 1e15, -1e15, 1],
        [1e-12, -1e-12, 3e-12, 0],
        [0, 0, 0, 0],
      ];
      // One by one: beside a large row, a wrong small one would not show.
      await expectAgreement(
        backend(),
        rows.map((row) => onRows(stored([1, 4], row), norm([0.5, 1, 1.5, 2], EPS))),
      );
    });

    it('are gated where the exponential overflows', async () => {
      expectClose(await onRows(stored([1, 4], [1e4, 100, 3, 3]), swiglu)(backend()), [3e4, 300]);
      expectClose(await onRows(stored([1, 4], [-1e4, -100, 3, 3]), swiglu)(backend()), [0, 0]);
    });
  });

  it.each<StoredDtype>(['bfloat16', 'float16'])(
    'weights in %s are the float32 ones where both are exact',
    async (dtype) => {
      expect(await answerOf(dtype)(backend())).toEqual(await answerOf('float32')(backend()));
    },
  );
}

function norm(weights: readonly number[], eps: number): Prepare {
  return (ops) => {
    const weight = ops.vectorWeight(stored([weights.length], weights));
    return (x) => ops.rmsNorm(x, weight, eps);
  };
}

function linear(parts: readonly StoredTensor[]): Prepare {
  return (ops) => {
    const weight = ops.linearWeight(parts);
    return (x) => ops.linear(x, weight);
  };
}

/** Every kind of weight, stored in one type. */
function answerOf(dtype: StoredDtype): Program {
  return onRows(stored([9, 24], numbers(9 * 24), dtype), (ops) => {
    const weight = ops.vectorWeight(stored([24], numbers(24), dtype));
    const parts = [stored([5, 24], numbers(5 * 24), dtype), stored([2, 24], numbers(2 * 24), dtype)];
    const matrix = ops.linearWeight(parts);
    return (x) => ops.linear(ops.rmsNorm(x, weight, EPS), matrix);
  });
}

/** Multiples of 1/8 below 9: exact in all three types. */
function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => ((index * 37) % 127) / 8 - 7.5);
}

const swiglu: Prepare = (ops) => (x) => ops.swiglu(x);

function addTwos(pick: 'residual' | 'normed'): Prepare {
  return (ops) => {
    const table = ops.embeddingTable(stored([1, 2], [2, 2]));
    const weight = ops.vectorWeight(stored([2], [1, 2]));
    return (x, pass) => ops.addRmsNorm(x, ops.embed(table, pass), weight, 0)[pick];
  };
}

function addAndNorm(pick: 'residual' | 'normed'): Prepare {
  return (ops) => {
    const matrix = ops.linearWeight([randomLinear('delta', [32, 32])]);
    const weight = ops.vectorWeight(randomNorm('norm', 32));
    return (x) => ops.addRmsNorm(x, ops.linear(x, matrix), weight, EPS)[pick];
  };
}
