import {
  ropeOf,
  type KeyValues,
  type Pass,
  type Rope,
  type Rows,
  type Segment,
  type Tensor,
  type TensorOps,
} from '#libs/tensor';
import { inBfloat16 } from './quantised-rows.js';
import { random } from './stored.js';
import { ROPE, runPass } from './workbench.js';

export interface HeadCounts {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim?: number;
  /** Queries, keys and values are numbers that bfloat16 holds: backends that round them to it have the same. */
  readonly bf16?: boolean;
}

/** Ids that a test may use: each has a query, a key and a value of its own. */
export const VOCABULARY = 2048;

/** Attention alone, on a backend: the queries, keys and values are those of the token ids, not rotated. */
export class AttentionCase {
  private readonly rope: Rope;
  private readonly table: Tensor; // [VOCABULARY, (Hq + 2 Hkv) · D]

  constructor(
    private readonly ops: TensorOps,
    private readonly counts: HeadCounts,
  ) {
    const { heads, keyHeads, headDim = ROPE.headDim, bf16 = false } = counts;
    this.rope = ropeOf(10_000, headDim);
    const rows = random('qkv', [VOCABULARY, (heads + 2 * keyHeads) * headDim]);
    this.table = ops.embeddingTable(bf16 ? inBfloat16(rows) : rows);
  }

  keyValues(tokens: number): KeyValues {
    return this.ops.keyValues({ layers: 1, tokens, width: this.counts.keyHeads * this.rope.headDim });
  }

  /** [R, Hq · D] of the only layer. */
  attend(segments: readonly Segment[], rows: Rows): Promise<Float32Array> {
    const { ops, table, counts } = this;
    const groups = [{ heads: counts.heads }, { heads: counts.keyHeads }, { heads: counts.keyHeads }];
    const forward = (pass: Pass) => {
      const split = (x: Tensor, of: Rows) => ops.splitHeads(x, groups, pass, { rows: of, eps: 0 });
      const [all, k, v] = split(ops.embed(table, pass), 'all') as [Tensor, Tensor, Tensor];
      const scored = () => split(ops.gatherScored(ops.embed(table, pass), pass), 'scored')[0]!;
      return ops.attention({ q: rows === 'all' ? all : scored(), k, v }, pass, { layer: 0, rows });
    };
    return runPass(ops, segments, forward, this.rope);
  }
}
