import { describe, expect, it } from 'vitest';
import type { Segment, StoredTensor, Tensor } from '#libs/tensor';
import { random, randomNorm, stored } from './stored.js';
import { expectAgreement, expectClose, ids, onRows, ROPE, runPass, type Backend, type Prepare } from './workbench.js';

const EPS = 1e-6;
const ONES = Array.from({ length: ROPE.headDim }, () => 1);
const UNIT = stored([ROPE.headDim], ONES);

/** The heads of a fused projection: split, normed, rotated. */
export function describeHeadsContract(backend: Backend): void {
  describe('heads of a fused projection', () => {
    it('turn halves, not neighbours, by the position of their row', async () => {
      // Ones are their own norm.
      const turned = await onRows(
        stored([3, 16], [...ONES, ...ONES, ...ONES]),
        split([{ heads: 1, norm: UNIT }], 0),
      )(backend());
      expectClose(turned, [...turnedOnes(0), ...turnedOnes(1), ...turnedOnes(2)]);
    });

    it('stand behind their ancestors, computed or kept, also where only scored rows are asked for', async () => {
      const ops = backend();
      const table = ops.embeddingTable(stored([1, 16], ONES));
      const norm = ops.vectorWeight(UNIT);
      const kept = ops.keyValues({ layers: 1, tokens: 4, width: 16 });
      await runPass(ops, [{ ids: zeros(4), store: kept }], (pass) => {
        const [q, k, v] = [1, 2, 3].map(() => ops.embed(table, pass));
        return ops.attention({ q: q!, k: k!, v: v! }, pass, { layer: 0, rows: 'all' });
      });
      const segments: Segment[] = [
        { ids: zeros(2) },
        { ids: zeros(1), parent: 0, scored: true },
        { kept },
        { ids: zeros(3), parent: 2, scored: true },
      ];
      const turned = await runPass(ops, segments, (pass) => {
        const scored = ops.gatherScored(ops.embed(table, pass), pass);
        return ops.splitHeads(scored, [{ heads: 1, norm }], pass, { rows: 'scored', eps: 0 })[0]!;
      });
      kept.dispose();
      expectClose(turned, [...turnedOnes(2), ...turnedOnes(4 + 2)]);
    });

    it('pass through as they are without a norm', async () => {
      const x = random('x', [5, 64]);
      const values = await onRows(x, () => (input) => input)(backend());
      const groups = [{ heads: 2, norm: UNIT }, { heads: 1, norm: UNIT }, { heads: 1 }];
      const passed = await onRows(x, split(groups, 2))(backend());
      expect([...passed]).toEqual([...values].filter((_, index) => index % 64 >= 48));
    });

    it.each([1, 3, 17, 256, 600])('give the same as the reference in %i rows', async (rows) => {
      const groups = [{ heads: 4, norm: randomNorm('q', 16) }, { heads: 2, norm: randomNorm('k', 16) }, { heads: 1 }];
      const x = random('x', [rows, 7 * 16]);
      await expectAgreement(
        backend(),
        groups.map((_, group) => onRows(x, split(groups, group))),
      );
    });

    it('rotate the same wherever a sequence is cut into segments', async () => {
      const ops = backend();
      const table = ops.embeddingTable(random('x', [90, 32]));
      const norm = ops.vectorWeight(UNIT);
      const rotated = (segments: readonly Segment[]) =>
        runPass(ops, segments, (pass) => {
          const x = ops.embed(table, pass);
          return ops.splitHeads(x, [{ heads: 2, norm }], pass, { rows: 'all', eps: EPS })[0]!;
        });
      const cut = [{ ids: ids(40) }, { ids: ids(20, 40), parent: 0 }, { ids: ids(30, 60), parent: 1, scored: true }];
      expectClose(await rotated(cut), await rotated([{ ids: ids(90) }]));
    });
  });
}

/** One group of a fused projection, all rows. */
function split(groups: readonly { heads: number; norm?: StoredTensor }[], pick: number): Prepare {
  return (ops) => {
    const loaded = groups.map(({ heads, norm }): { heads: number; norm?: Tensor } =>
      norm === undefined ? { heads } : { heads, norm: ops.vectorWeight(norm) },
    );
    return (x, pass) => ops.splitHeads(x, loaded, pass, { rows: 'all', eps: EPS })[pick]!;
  };
}

/** Ids of the only row of a table. */
function zeros(length: number): Int32Array {
  return new Int32Array(length);
}

/** A head of ones at a position: cos − sin in its first half, cos + sin in its second. */
function turnedOnes(position: number): number[] {
  const angles = Array.from({ length: 8 }, (_, pair) => position * ROPE.frequencies[pair]!);
  return [
    ...angles.map((angle) => Math.cos(angle) - Math.sin(angle)),
    ...angles.map((angle) => Math.cos(angle) + Math.sin(angle)),
  ];
}
