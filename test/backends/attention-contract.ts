import { describe, it } from 'vitest';
import type { Rows, Segment } from '#libs/tensor';
import { AttentionCase, type HeadCounts } from './attention-case.js';
import { behind, behindKept, forest, request, wholePath } from './segment-trees.js';
import { stored } from './stored.js';
import {
  expectAgreement,
  expectClose,
  ids,
  ROPE,
  runPass,
  TOLERANCE,
  type Backend,
  type Program,
} from './workbench.js';

const GROUPED: HeadCounts = { heads: 4, keyHeads: 2 };
const WIDTH = GROUPED.heads * ROPE.headDim;
/** Around the widths of registers, blocks and tiles. */
const LENGTHS = [1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 257, 359];
const PREFIXES = [0, 1, 63, 64, 80, 300];
const EVERY_KIND_OF_ROWS: readonly Rows[] = ['all', 'scored'];

/** How near a backend comes: to the reference, or, one that attends in bf16, to the reference on numbers that bf16 holds. */
export interface Accuracy {
  readonly tolerance: number;
  readonly bf16: boolean;
}

/** Attention over the segment tree. */
export function describeAttentionContract(
  backend: Backend,
  { tolerance, bf16 }: Accuracy = { tolerance: TOLERANCE, bf16: false },
): void {
  const grouped: HeadCounts = { ...GROUPED, bf16 };
  const expectNear = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
    expectClose(actual, expected, tolerance);
  };
  const expectAllNear = (programs: readonly Program[]) => expectAgreement(backend(), programs, tolerance);

  describe('attention', () => {
    it('weighs values by the softmax of q · k / √headDim, up to the row itself', async () => {
      // The scores of the second row are 0 and 4 / √16.
      const rows = [axis(0, 1), axis(1, 2)];
      const own = Math.E / (1 + Math.E);
      expectNear(await attendPinned(backend, rows, rows), [...axis(0, 1), 1 - own, 2 * own, ...axis(0, 0).slice(2)]);
    });

    it('chooses where scores are far apart, and averages where all are equally low', async () => {
      const keys = Array.from({ length: 8 }, (_, row) => axis(row, 4000));
      expectNear(await attendPinned(backend, keys, keys), keys.flat());
      // Scores of −2,359,296 each: the values' means are 1, 2 and 3. bfloat16 holds 3072.
      const low = [1, 3, 5].map((value) => axis(0, 3072).with(1, value));
      const means = [1, 2, 3].map((value) => axis(0, 3072).with(1, value));
      const attended = await attendPinned(backend, Array<number[]>(3).fill(axis(0, -3072)), low);
      expectNear(
        attended.filter((_, index) => index % 16 === 1),
        means.map((row) => row[1]!),
      );
      expectNear(attended, means.flat());
    });

    it.each(PREFIXES)(
      'serves lengths of 1 to 359 behind %i tokens, computed or kept, all rows or the last',
      async (prefix) => {
        const ways = prefix === 0 ? [behind] : [behind, behindKept];
        const programs = ways.flatMap((way) =>
          LENGTHS.flatMap((length) =>
            EVERY_KIND_OF_ROWS.map(
              (rows): Program =>
                (ops) =>
                  way(new AttentionCase(ops, grouped), { prefix, length, rows }),
            ),
          ),
        );
        await expectAllNear(programs);
      },
      120_000,
    );

    it.each([
      { heads: 4, keyHeads: 4 },
      { heads: 4, keyHeads: 2 },
      { heads: 8, keyHeads: 2 },
      { heads: 4, keyHeads: 1 },
      { heads: 1, keyHeads: 1 },
    ])('shares $keyHeads key heads among $heads query heads', async (counts) => {
      await expectAllNear(programsOf(forest(), { ...counts, bf16 }));
    });

    it('reads a tree of heads, queries and documents as that many whole sequences', async () => {
      const attention = new AttentionCase(backend(), grouped);
      const segments = forest();
      const together = await attention.attend(segments, 'all');
      let start = 0;
      for (const segment of segments) {
        const alone = await attention.attend([{ ids: wholePath(segments, segment) }], 'all');
        const end = start + segment.ids.length * WIDTH;
        expectNear(together.subarray(start, end), alone.subarray(start - end));
        start = end;
      }
    });

    it('answers scored rows as it answers them among all', async () => {
      const attention = new AttentionCase(backend(), grouped);
      const all = await attention.attend(forest(), 'all');
      const scored: number[] = [];
      let end = 0;
      for (const segment of forest()) {
        end += segment.ids.length * WIDTH;
        if (segment.scored === true) scored.push(...all.subarray(end - WIDTH, end));
      }
      expectNear(await attention.attend(forest(), 'scored'), scored);
    });

    it.each([
      ['one document', [7]],
      ['300 short documents', Array.from({ length: 300 }, (_, document) => 1 + (document % 7))],
      ['long documents among short ones', [3, 250, 5, 2, 600, 1, 257, 256, 4]],
    ])(
      'serves %s',
      async (_what, lengths) => {
        await expectAllNear(programsOf(request(lengths), grouped));
      },
      60_000,
    );

    it('serves a head, a query and a document that are each longer than a tile', async () => {
      const segments = [
        { ids: ids(600) },
        { ids: ids(300, 600), parent: 0 },
        { ids: ids(520, 900), parent: 1, scored: true },
      ];
      await expectAllNear(programsOf(segments, grouped));
    }, 60_000);

    it('continues what it kept as what it computes, all of it or a part', async () => {
      const attention = new AttentionCase(backend(), grouped);
      const computed: { head: Segment; query: Segment } = {
        head: { ids: ids(40) },
        query: { ids: ids(12, 40), parent: 0 },
      };
      const documents = [5, 300].map((length): Segment => ({ ids: ids(length, 100), parent: 1, scored: true }));
      const behindPrefix = (prefix: Partial<typeof computed>, rows: Rows = 'all') => {
        const { head, query } = { ...computed, ...prefix };
        return attention.attend([head, query, ...documents], rows);
      };
      const whole = await behindPrefix({});
      const [head, query] = [attention.keyValues(40), attention.keyValues(12)];
      // Of the last layer only scored rows are computed; what is stored is whole nevertheless.
      await behindPrefix(
        { head: { ...computed.head, store: head }, query: { ...computed.query, store: query } },
        'scored',
      );
      expectNear(await behindPrefix({ head: { kept: head } }), whole.subarray(40 * WIDTH));
      const both = { head: { kept: head }, query: { kept: query, parent: 0 } };
      expectNear(await behindPrefix(both), whole.subarray(52 * WIDTH));
      head.dispose();
      query.dispose();
    });
  });
}

function programsOf(segments: readonly Segment[], counts: HeadCounts): Program[] {
  return EVERY_KIND_OF_ROWS.map((rows) => (ops) => new AttentionCase(ops, counts).attend(segments, rows));
}

/** One head over one sequence with these queries; the keys are the values too. */
function attendPinned(
  backend: Backend,
  queries: readonly number[][],
  keys: readonly number[][],
): Promise<Float32Array> {
  const ops = backend();
  const [queryTable, keyTable] = [queries, keys].map((rows) =>
    ops.embeddingTable(stored([rows.length, ROPE.headDim], rows.flat())),
  );
  return runPass(ops, [{ ids: ids(keys.length) }], (pass) => {
    const [q, k, v] = [ops.embed(queryTable!, pass), ops.embed(keyTable!, pass), ops.embed(keyTable!, pass)];
    return ops.attention({ q, k, v }, pass, { layer: 0, rows: 'all' });
  });
}

/** A head that points along one axis. */
function axis(place: number, value: number): number[] {
  return Array.from({ length: ROPE.headDim }, (_, index) => (index === place ? value : 0));
}
