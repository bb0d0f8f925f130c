import type {
  BackendDescription,
  DeviceMemory,
  HeadGroup,
  KeyValues,
  MemoryForecast,
  MemoryNeed,
  Pass,
  Program,
  Rope,
  Rows,
  StoredTensor,
  Tensor,
  TensorOps,
} from '#libs/tensor';
import { attend, headsOf } from './reference-attention.js';
import { dot, QWEN3_FORMULAS, rmsNorm, vector, type Formulas } from './reference-formulas.js';
import { Matrix, ReferenceKeyValues, ReferencePass, ReferenceTable, type KeyValueSize } from './reference-tensor.js';

const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * The operations as their formulas, in plain loops: float32 values, float64 sums. Slow, obvious, without dependencies; it
 * judges the other backends. It refuses a tensor that was released or handed over, which a fused kernel would overwrite.
 */
export class ReferenceOps implements TensorOps {
  private readonly live = new Set<Tensor>();
  private readonly kept = new Set<KeyValues>();

  constructor(private readonly formulas: Formulas = QWEN3_FORMULAS) {}

  describe(): BackendDescription {
    return { backend: 'reference', version: '1', device: 'cpu', dtype: 'f32', threads: 1 };
  }

  forecastMemory(need: MemoryNeed): MemoryForecast {
    const weights = need.linearParameters + need.tableParameters + need.vectorParameters;
    const bytesPerRow = FLOAT_BYTES * need.activationsPerRow;
    return { bytes: FLOAT_BYTES * weights + bytesPerRow * need.rows, bytesPerRow, wayOut: 'use a smaller model' };
  }

  linearWeight(parts: readonly StoredTensor[]): Tensor {
    const rows = parts.flatMap((part) => Matrix.of(part).rows);
    return this.add(new Matrix(rows, parts[0]!.shape[1]!));
  }

  vectorWeight(stored: StoredTensor): Tensor {
    return this.add(Matrix.of(stored));
  }

  embeddingTable(stored: StoredTensor): Tensor {
    const table = new ReferenceTable(stored);
    this.live.add(table);
    return table;
  }

  keyValues(size: KeyValueSize): KeyValues {
    const handle = new ReferenceKeyValues(size, (disposed) => this.kept.delete(disposed));
    this.kept.add(handle);
    return handle;
  }

  compile(forward: (pass: Pass) => Tensor, rope: Rope): Program {
    return {
      run: async (layout) => this.computed(() => forward(new ReferencePass(layout, rope))),
      dispose: () => undefined,
    };
  }

  embed(table: Tensor, pass: Pass): Tensor {
    if (!(table instanceof ReferenceTable)) throw new TypeError('this table was made by another backend');
    const rows = Array.from(prepared(pass).layout.ids, (id) => table.row(id));
    return this.add(new Matrix(rows, table.shape[1]));
  }

  rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
    const [scale] = this.own(weight).rows;
    return this.eachRow(this.own(x), (row) => rmsNorm(row, scale!, eps));
  }

  addRmsNorm(residual: Tensor, delta: Tensor, weight: Tensor, eps: number): { residual: Tensor; normed: Tensor } {
    const added = this.handOver(delta).rows;
    const sum = this.eachRow(this.handOver(residual), (row, index) =>
      vector(row.length, (column) => row[column]! + added[index]![column]!),
    );
    return { residual: sum, normed: this.rmsNorm(sum, weight, eps) };
  }

  linear(x: Tensor, weight: Tensor): Tensor {
    const { rows: outputs } = this.own(weight);
    return this.eachRow(
      this.own(x),
      (row) => vector(outputs.length, (output) => dot(row, outputs[output]!)),
      outputs.length,
    );
  }

  addBias(x: Tensor, bias: Tensor): Tensor {
    const [added] = this.own(bias).rows;
    return this.eachRow(this.handOver(x), (row) => vector(row.length, (column) => row[column]! + added![column]!));
  }

  splitHeads(
    x: Tensor,
    groups: readonly HeadGroup[],
    pass: Pass,
    { rows, eps }: { readonly rows: Rows; readonly eps: number },
  ): Tensor[] {
    const { layout, rope } = prepared(pass);
    const fused = this.handOver(x);
    const positionOf = (row: number) => layout.positions[rows === 'all' ? row : layout.scoredRows[row]!]!;
    let start = 0;
    return groups.map(({ heads, norm }) => {
      const width = heads * rope.headDim;
      const from = start;
      start += width;
      const part = this.eachRow(fused, (row) => row.subarray(from, from + width), width);
      if (norm === undefined) return part;
      const [weight] = this.own(norm).rows;
      const normAndRotate = (head: Float32Array, row: number) =>
        this.formulas.rotate(this.formulas.normHead(head, weight!, eps), positionOf(row), rope);
      return this.eachRow(part, (values, row) =>
        headsOf(values, rope.headDim).flatMap((head) => normAndRotate(head, row)),
      );
    });
  }

  attention(
    { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    pass: Pass,
    options: { readonly layer: number; readonly rows: Rows },
  ): Tensor {
    const heads = { q: this.own(q), k: this.own(k), v: this.own(v) };
    const rows = attend(heads, prepared(pass), { ...options, formulas: this.formulas });
    return this.add(new Matrix(rows, heads.q.shape[1]));
  }

  swiglu(gateUp: Tensor): Tensor {
    const width = this.own(gateUp).shape[1] / 2;
    const gated = (row: Float32Array) =>
      vector(width, (column) => this.formulas.activation(row[column]!) * row[column + width]!);
    return this.eachRow(this.own(gateUp), gated, width);
  }

  gatherScored(x: Tensor, pass: Pass): Tensor {
    const { rows, shape } = this.own(x);
    const scored = Array.from(prepared(pass).layout.scoredRows, (row) => rows[row]!);
    return this.add(new Matrix(scored, shape[1]));
  }

  memory(): DeviceMemory {
    const elements = [...this.live].reduce((total, { shape }) => total + shape[0]! * shape[1]!, 0);
    const keptBytes = [...this.kept].reduce((total, { bytes }) => total + bytes, 0);
    return { tensors: this.live.size + this.kept.size, bytes: FLOAT_BYTES * elements + keptBytes, scratchBytes: 0 };
  }

  close(): void {
    this.live.clear();
  }

  /** The result of a pass; everything that it made is released. */
  private computed(forward: () => Tensor): Float32Array {
    const before = new Set(this.live);
    try {
      return this.own(forward()).values();
    } finally {
      for (const tensor of this.live) if (!before.has(tensor)) this.live.delete(tensor);
    }
  }

  private eachRow(
    x: Matrix,
    change: (row: Float32Array, index: number) => ArrayLike<number>,
    columns: number = x.shape[1],
  ): Matrix {
    return this.add(
      new Matrix(
        x.rows.map((row, index) => new Float32Array(change(row, index))),
        columns,
      ),
    );
  }

  private add(matrix: Matrix): Matrix {
    this.live.add(matrix);
    return matrix;
  }

  private own(tensor: Tensor): Matrix {
    if (!(tensor instanceof Matrix)) throw new TypeError('this tensor was made by another backend');
    if (!this.live.has(tensor)) throw new Error('this tensor was released, or handed over to another operation');
    return tensor;
  }

  /** The last use of a tensor. */
  private handOver(tensor: Tensor): Matrix {
    const matrix = this.own(tensor);
    this.live.delete(matrix);
    return matrix;
  }
}

function prepared(pass: Pass): ReferencePass {
  if (pass instanceof ReferencePass) return pass;
  throw new TypeError('this pass was made by another backend');
}
