import {
  add,
  gather,
  matMul,
  memory,
  mul,
  slice2d,
  tensor2d,
  tidy,
  transpose,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import {
  toFloat32,
  type BackendDescription,
  type DeviceMemory,
  type HeadGroup,
  type KeyValues,
  type MemoryForecast,
  type MemoryNeed,
  type Pass,
  type Program,
  type Rope,
  type Rows,
  type StoredTensor,
  type Tensor,
  type TensorOps,
} from '#libs/tensor';
import { attend } from './attention.js';
import { normAndRotate, rmsNorm, swiglu } from './elementwise.js';
import { EmbeddingTable } from './embedding-table.js';
import { TfjsKeyValues, type KeyValueSize } from './tfjs-key-values.js';
import { TfjsPass } from './tfjs-pass.js';
import type { TfjsRuntime } from './tfjs-runtime.js';
import { own, TfjsTensor } from './tfjs-tensor.js';

/** The operations on tfjs, composed of its kernels: each call computes at once. */
export class TfjsOps implements TensorOps {
  private readonly weights: { dispose(): void }[] = [];

  constructor(private readonly runtime: TfjsRuntime) {}

  describe(): BackendDescription {
    return this.runtime.description;
  }

  forecastMemory(need: MemoryNeed): MemoryForecast {
    return this.runtime.forecast(need);
  }

  linearWeight(parts: readonly StoredTensor[]): Tensor {
    const inputs = parts[0]!.shape[1]!;
    const rows = tidy(() => {
      const outputs = parts.reduce((total, { shape }) => total + shape[0]!, 0);
      const values = new Float32Array(outputs * inputs);
      let offset = 0;
      for (const part of parts) {
        values.set(toFloat32(part.read(), part.dtype), offset);
        offset += part.shape[0]! * inputs;
      }
      // Transposed once: tfjs multiplies by an untransposed matrix ten times faster.
      return transpose(tensor2d(values, [outputs, inputs]));
    });
    return this.weight(rows);
  }

  vectorWeight(stored: StoredTensor): Tensor {
    return this.weight(tensor2d(toFloat32(stored.read(), stored.dtype), [1, stored.shape[0]!]));
  }

  embeddingTable(stored: StoredTensor): Tensor {
    return new EmbeddingTable(stored);
  }

  keyValues(size: KeyValueSize): KeyValues {
    return new TfjsKeyValues(size);
  }

  compile(forward: (pass: Pass) => Tensor, rope: Rope): Program {
    return { run: (layout) => computed(forward, new TfjsPass(layout, rope)), dispose: () => undefined };
  }

  embed(table: Tensor, pass: Pass): Tensor {
    if (!(table instanceof EmbeddingTable)) throw new TypeError('this table was made by another backend');
    return new TfjsTensor(table.rows(prepared(pass).layout.ids));
  }

  rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
    return new TfjsTensor(rmsNorm(own(x), own(weight), eps));
  }

  addRmsNorm(residual: Tensor, delta: Tensor, weight: Tensor, eps: number): { residual: Tensor; normed: Tensor } {
    const sum: Tensor2D = add(own(residual), own(delta));
    return { residual: new TfjsTensor(sum), normed: new TfjsTensor(rmsNorm(sum, own(weight), eps)) };
  }

  linear(x: Tensor, weight: Tensor): Tensor {
    return new TfjsTensor(matMul(own(x), own(weight)));
  }

  addBias(x: Tensor, bias: Tensor): Tensor {
    return new TfjsTensor(add(own(x), own(bias)));
  }

  splitHeads(
    x: Tensor,
    groups: readonly HeadGroup[],
    pass: Pass,
    { rows, eps }: { rows: Rows; eps: number },
  ): Tensor[] {
    const fused = own(x);
    const laidOut = prepared(pass);
    let start = 0;
    return groups.map(({ heads, norm }) => {
      const width = heads * laidOut.rope.headDim;
      const columns = slice2d(fused, [0, start], [fused.shape[0], width]);
      start += width;
      if (norm === undefined) return new TfjsTensor(columns);
      return new TfjsTensor(normAndRotate(columns, { heads, norm: own(norm), eps, rows }, laidOut));
    });
  }

  attention(
    { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    pass: Pass,
    options: { readonly layer: number; readonly rows: Rows },
  ): Tensor {
    const scaled: Tensor2D = mul(own(q), pass.rope.headDim ** -0.5);
    return new TfjsTensor(attend({ q: scaled, k: own(k), v: own(v) }, prepared(pass), options));
  }

  swiglu(gateUp: Tensor): Tensor {
    return new TfjsTensor(swiglu(own(gateUp)));
  }

  gatherScored(x: Tensor, pass: Pass): Tensor {
    return new TfjsTensor(gather(own(x), prepared(pass).scoredRows));
  }

  memory(): DeviceMemory {
    const { numTensors, numBytes } = memory();
    return { tensors: numTensors, bytes: numBytes, scratchBytes: 0 };
  }

  close(): void {
    for (const weight of this.weights.splice(0)) weight.dispose();
  }

  private weight(value: Tensor2D): Tensor {
    this.weights.push(value);
    return new TfjsTensor(value);
  }
}

async function computed(forward: (pass: Pass) => Tensor, pass: TfjsPass): Promise<Float32Array> {
  try {
    const result = tidy(() => own(forward(pass)));
    try {
      return (await result.data()) as Float32Array;
    } finally {
      result.dispose();
    }
  } finally {
    pass.dispose();
  }
}

function prepared(pass: Pass): TfjsPass {
  if (pass instanceof TfjsPass) return pass;
  throw new TypeError('this pass was made by another backend');
}
