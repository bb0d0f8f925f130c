import type { Qwen3Shape } from '#libs/models';
import { layOut, type Tensor, type TensorOps } from '#libs/tensor';

/** One of the model's matrix multiplications at a batch: [rows, inputs] × [outputs, inputs]ᵀ, this many times a pass. */
interface Gemm {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly times: number;
}

/** The model's own multiplications for a pass of `rows` rows with `scored` documents, the last layer's savings included. */
function gemmsOf(shape: Qwen3Shape, rows: number, scored: number): Gemm[] {
  const { hiddenSize: hidden, intermediateSize: wide } = shape;
  const queryWidth = shape.heads * shape.headDim;
  const keyValueWidth = 2 * shape.keyValueHeads * shape.headDim;
  const layers = shape.layers - 1;
  const block = (blockRows: number, times: number): Gemm[] => [
    { rows: blockRows, inputs: queryWidth, outputs: hidden, times },
    { rows: blockRows, inputs: hidden, outputs: 2 * wide, times },
    { rows: blockRows, inputs: wide, outputs: hidden, times },
  ];
  return [
    { rows, inputs: hidden, outputs: queryWidth + keyValueWidth, times: layers },
    ...block(rows, layers),
    { rows, inputs: hidden, outputs: keyValueWidth, times: 1 },
    { rows: scored, inputs: hidden, outputs: queryWidth, times: 1 },
    ...block(scored, 1),
  ];
}

export interface GemmTiming {
  readonly seconds: number;
  /** 10⁹ multiply-adds count as 2 · 10⁹ operations. */
  readonly gflops: number;
}

/** Times the model's multiplications alone on this backend: the floor of a pass. */
export async function timeGemms(
  ops: TensorOps,
  shape: Qwen3Shape,
  batch: { readonly rows: number; readonly scored: number },
  repeats: number,
): Promise<GemmTiming> {
  let seconds = 0;
  let operations = 0;
  for (const gemm of gemmsOf(shape, batch.rows, batch.scored)) {
    seconds += gemm.times * (await timeOne(ops, gemm, repeats));
    operations += gemm.times * 2 * gemm.rows * gemm.inputs * gemm.outputs;
  }
  return { seconds, gflops: operations / seconds / 1e9 };
}

async function timeOne(ops: TensorOps, { rows, inputs, outputs }: Gemm, repeats: number): Promise<number> {
  const weight = ops.linearWeight([filled('weight', [outputs, inputs])]);
  const first = ops.linearWeight([filled('row', [1, outputs])]);
  const table = ops.embeddingTable(filled('table', [1, inputs]));
  const plan = ops.plan(layOut([{ ids: new Int32Array(rows), scored: true }]), { theta: 10_000, headDim: 2 });
  const multiply = async (times: number) => {
    const started = performance.now();
    await ops.read(
      ops.pass(() => {
        const x = ops.embed(table, plan); // [rows, inputs]
        let y: Tensor = ops.linear(x, weight);
        for (let index = 1; index < times; index += 1) y = ops.linear(x, weight); // [rows, outputs]
        return ops.linear(ops.gatherScored(y, plan), first); // [1, 1]: as good as nothing to read back
      }),
    );
    return (performance.now() - started) / 1000;
  };
  await multiply(1);
  const once = await multiply(1);
  const many = await multiply(1 + repeats);
  plan.dispose();
  return (many - once) / repeats;
}

function filled(name: string, shape: readonly [number, number]) {
  const values = new Float32Array(shape[0] * shape[1]).fill(0.01);
  return { name, dtype: 'float32', shape, read: () => new Uint8Array(values.buffer) } as const;
}
