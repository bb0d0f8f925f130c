import type { KeyValues, Rows, Segment, Tensor, TensorOps } from '#libs/tensor';
import { random } from './stored.js';
import { ROPE, runPass } from './workbench.js';

export interface HeadCounts {
  readonly heads: number;
  readonly keyHeads: number;
}

/** Ids that a test may use: each has a query, a key and a value of its own. */
export const VOCABULARY = 2048;

/** Attention alone, on a backend: the queries, keys and values are those of the token ids, not rotated. */
export class AttentionCase {
  private readonly table: Tensor; // [VOCABULARY, (Hq + 2 Hkv) · D]

  constructor(
    private readonly ops: TensorOps,
    private readonly counts: HeadCounts,
  ) {
    const { heads, keyHeads } = counts;
    this.table = ops.embeddingTable(random('qkv', [VOCABULARY, (heads + 2 * keyHeads) * ROPE.headDim]));
  }

  keyValues(tokens: number): KeyValues {
    return this.ops.keyValues({ layers: 1, tokens, width: this.counts.keyHeads * ROPE.headDim });
  }

  /** [R, Hq · D] of the only layer. */
  attend(segments: readonly Segment[], rows: Rows): Promise<Float32Array> {
    const { ops, table, counts } = this;
    const groups = [{ heads: counts.heads }, { heads: counts.keyHeads }, { heads: counts.keyHeads }];
    return runPass(ops, segments, (plan) => {
      const split = (x: Tensor, of: Rows) => ops.splitHeads(x, groups, plan, { rows: of, eps: 0 });
      const [all, k, v] = split(ops.embed(table, plan), 'all') as [Tensor, Tensor, Tensor];
      const scored = () => split(ops.gatherScored(ops.embed(table, plan), plan), 'scored')[0]!;
      return ops.attention({ q: rows === 'all' ? all : scored(), k, v }, plan, { layer: 0, rows });
    });
  }
}
