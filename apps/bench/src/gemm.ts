import type { Qwen3Shape, Qwen3Weights } from '#libs/models';
import { layOut, ropeOf, type Pass, type Program, type Tensor, type TensorOps } from '#libs/tensor';
import { randomRows } from './random-rows.js';

export interface GemmRun {
  readonly seconds: number;
  /** 10⁹ multiply-adds count as 2 · 10⁹ operations. */
  readonly gflops: number;
}

export interface BatchSize {
  readonly rows: number;
  /** Documents: the rows that the last layer computes in full. */
  readonly scored: number;
}

/** Different rows that the multiplications read. */
const ROWS = 64;

/**
 * The model's own matrix multiplications with the model's own weights, and nothing else: the floor of a pass. The weights of
 * every layer come from memory as in a real pass; one weight used again and again would come from the cache.
 */
export class GemmPass {
  private readonly hidden: Tensor; // [ROWS, H]
  private readonly heads: Tensor; // [ROWS, Hq · D]
  private readonly wide: Tensor; // [ROWS, I]
  private readonly program: Program;

  constructor(
    private readonly ops: TensorOps,
    private readonly shape: Qwen3Shape,
    private readonly weights: Qwen3Weights,
  ) {
    const rows = (width: number) => ops.embeddingTable(randomRows(ROWS, width, 0.1));
    this.hidden = rows(shape.hiddenSize);
    this.heads = rows(shape.heads * shape.headDim);
    this.wide = rows(shape.intermediateSize);
    this.program = ops.compile((pass) => this.forward(pass), ropeOf(10_000, 2));
  }

  async run({ rows, scored }: BatchSize): Promise<GemmRun> {
    const lengths = Array.from({ length: scored }, (_, document) => (document === 0 ? rows - scored + 1 : 1));
    const layout = layOut(lengths.map((length) => ({ ids: rowIds(length), scored: true })));
    const started = performance.now();
    await this.program.run(layout);
    const seconds = (performance.now() - started) / 1000;
    return { seconds, gflops: (2 * multiplyAdds(this.shape, { rows, scored })) / seconds / 1e9 };
  }

  private forward(pass: Pass): Tensor {
    const { ops } = this;
    const all = {
      x: ops.embed(this.hidden, pass),
      attended: ops.embed(this.heads, pass),
      mlp: ops.embed(this.wide, pass),
    };
    const scored = (x: Tensor) => ops.gatherScored(x, pass);
    return this.multiply(all, { x: scored(all.x), attended: scored(all.attended), mlp: scored(all.mlp) });
  }

  private multiply(all: Inputs, last: Inputs): Tensor {
    const { ops, weights } = this;
    for (const layer of weights.layers) {
      ops.linear(all.x, layer.qkv.weight);
      ops.linear(all.attended, layer.output);
      ops.linear(all.x, layer.gateUp);
      ops.linear(all.mlp, layer.down);
    }
    const { kv, q, output, gateUp, down } = weights.lastLayer;
    ops.linear(all.x, kv.weight);
    ops.linear(last.x, q.weight);
    ops.linear(last.attended, output);
    ops.linear(last.x, gateUp);
    return ops.linear(ops.linear(last.mlp, down), weights.scoreDirection);
  }
}

/** What the multiplications of a layer read, for every row or for the scored ones. */
interface Inputs {
  readonly x: Tensor; // [R, H]
  readonly attended: Tensor; // [R, Hq · D]
  readonly mlp: Tensor; // [R, I]
}

function multiplyAdds(shape: Qwen3Shape, { rows, scored }: BatchSize): number {
  const { hiddenSize: hidden, intermediateSize: wide } = shape;
  const query = shape.heads * shape.headDim * hidden;
  const keyValue = 2 * shape.keyValueHeads * shape.headDim * hidden;
  const behind = query + 3 * hidden * wide; // output projection and MLP
  return rows * ((shape.layers - 1) * (query + keyValue + behind) + keyValue) + scored * (query + behind);
}

function rowIds(length: number): Int32Array {
  return Int32Array.from({ length }, (_, row) => row % ROWS);
}
