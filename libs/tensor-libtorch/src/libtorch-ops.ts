import os from 'node:os';
import type {
  BackendDescription,
  DeviceMemory,
  HeadGroup,
  KeyValues,
  LaidSegment,
  MemoryForecast,
  MemoryNeed,
  PassPlan,
  ProductRate,
  Rope,
  Rows,
  SegmentLayout,
  StoredTensor,
  Tensor,
  TensorOps,
} from '#libs/tensor';
import { HandleKeyValues, HandlePlan, slotOf, storedOf, WeightTensor } from './handles.js';
import type { NativeBinding, NativeDevice } from './native-binding.js';
import { withFaultCode } from './native-fault.js';
import { PassRecorder } from './pass-recorder.js';

const FLOAT_BYTES = 4;
/** With fp8 and int8 only the weights of products have 8 bits. */
const BYTES: Readonly<Record<string, number>> = { f32: FLOAT_BYTES, bf16: 2, fp16: 2, fp8: 2 };
const WEIGHT_BYTES: Readonly<Record<string, number>> = { ...BYTES, fp8: 1, int8: 1 };
/** What libtorch and its libraries hold on a GPU beside tensors: context, code, workspaces. */
const GPU_RESERVE_BYTES = 2 ** 30;

/** The operations on libtorch: a pass is recorded here and executed in one native call, on a thread of its own. */
export class LibtorchOps implements TensorOps {
  private recorder: PassRecorder | undefined;
  private readonly weights: WeightTensor[] = [];

  constructor(
    private readonly native: NativeBinding,
    private readonly opened: NativeDevice,
    private readonly threads: number,
    private readonly products?: ProductRate,
  ) {}

  describe(): BackendDescription {
    const { version, device, dtype, precise, cpuBecause, composedBecause, formats } = this.opened;
    const { launchedBecause } = this.native.memory();
    const notes = [
      ...(cpuBecause === '' ? [] : [`a GPU: ${cpuBecause}`]),
      ...(composedBecause === '' ? [] : [`fused kernels: ${composedBecause}`]),
      ...(launchedBecause === '' ? [] : [`CUDA graphs: ${launchedBecause}`]),
    ];
    return {
      backend: 'libtorch',
      version,
      device,
      dtype,
      threads: this.threads,
      notes,
      ...(this.products !== undefined && { products: this.products }),
      ...(formats !== '' && { formats }),
      ...(dtype === 'int8' && { precise }),
    };
  }

  /** On the CPU the embedding stays mapped in the checkpoint's dtype; on a GPU it is there like everything else. */
  forecastMemory(need: MemoryNeed): MemoryForecast {
    const {
      linearParameters,
      preciseParameters = 0,
      tableParameters,
      vectorParameters,
      activationsPerRow,
      rows,
    } = need;
    const { dtype, precise } = this.opened;
    const inMoreBits = dtype === 'int8' ? preciseParameters : 0;
    const linear = WEIGHT_BYTES[dtype]! * (linearParameters - inMoreBits) + WEIGHT_BYTES[precise]! * inMoreBits;
    const weights = linear + FLOAT_BYTES * vectorParameters;
    const bytes = weights + this.elementBytes * activationsPerRow * rows;
    if (this.opened.gpuBytes !== undefined) {
      return {
        bytes: bytes + this.elementBytes * tableParameters + GPU_RESERVE_BYTES,
        limitBytes: this.opened.gpuBytes,
        wayOut: 'use a GPU with more memory, DTYPE=bf16, or a smaller model or MAX_LENGTH',
      };
    }
    return {
      bytes,
      limitBytes: Math.min(os.totalmem(), process.constrainedMemory() || Infinity),
      wayOut: 'use a machine with more memory, or a smaller model or MAX_LENGTH',
    };
  }

  linearWeight(parts: readonly StoredTensor[], precise = false): Tensor {
    const { dtype, precise: inMoreBits } = this.opened;
    return this.linearWeightIn(precise && dtype === 'int8' ? inMoreBits : undefined, parts);
  }

  /** On the CPU in f32, bf16 or int8, whatever the others have: to measure what a format costs. */
  linearWeightIn(format: string | undefined, parts: readonly StoredTensor[]): Tensor {
    const rows = parts.reduce((total, { shape }) => total + shape[0]!, 0);
    return this.weight([rows, parts[0]!.shape[1]!], parts, format);
  }

  vectorWeight(stored: StoredTensor): Tensor {
    return this.weight([stored.shape[0]!], [stored]);
  }

  embeddingTable(stored: StoredTensor): Tensor {
    const table = new WeightTensor(this.native.table(storedOf(stored)), [...stored.shape]);
    this.weights.push(table);
    return table;
  }

  keyValues({ layers, tokens, width }: { layers: number; tokens: number; width: number }): KeyValues {
    const bytes = layers * 2 * tokens * width * this.elementBytes;
    return new HandleKeyValues(this.native, this.native.keyValues(layers, tokens, width), { tokens, bytes });
  }

  plan(layout: SegmentLayout, rope: Rope): PassPlan {
    const { ids, positions, scoredRows } = layout;
    const segments = layout.segments.map((segment) => nativeSegment(segment));
    return new HandlePlan(
      this.native,
      this.native.plan({ segments, ids, positions, scoredRows, ...rope }),
      layout,
      rope,
    );
  }

  pass(forward: () => Tensor): Tensor {
    this.recorder = new PassRecorder();
    try {
      return slotOf(forward());
    } finally {
      this.recorder = undefined;
    }
  }

  embed(table: Tensor, plan: PassPlan): Tensor {
    const [vocabulary, width] = weightOf(table).shape as [number, number];
    const outside = plan.layout.ids.find((id) => id < 0 || id >= vocabulary);
    if (outside !== undefined) throw new RangeError(`token id ${outside} is outside the vocabulary of ${vocabulary}`);
    return this.under(plan).make('embed', [plan.layout.rowCount, width], [this.operand(table)]);
  }

  rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
    return this.pending.make('rmsNorm', slotOf(x).shape, [slotOf(x), this.operand(weight), eps]);
  }

  addRmsNorm(residual: Tensor, delta: Tensor, weight: Tensor, eps: number): { residual: Tensor; normed: Tensor } {
    const inputs = [slotOf(residual), slotOf(delta), this.operand(weight), eps];
    return { residual, normed: this.pending.make('addRmsNorm', slotOf(residual).shape, inputs) };
  }

  linear(x: Tensor, weight: Tensor): Tensor {
    const [rows, inputs] = slotOf(x).shape;
    const [outputs, columns] = weightOf(weight).shape;
    if (inputs !== columns) throw new RangeError(`a weight of ${columns} inputs was given rows of ${inputs}`);
    return this.pending.make('linear', [rows, outputs!], [slotOf(x), this.operand(weight)]);
  }

  addBias(x: Tensor, bias: Tensor): Tensor {
    this.pending.change('addBias', [slotOf(x), this.operand(bias)]);
    return x;
  }

  splitHeads(
    x: Tensor,
    groups: readonly HeadGroup[],
    plan: PassPlan,
    { rows, eps }: { rows: Rows; eps: number },
  ): Tensor[] {
    const recorder = this.under(plan);
    const fused = slotOf(x);
    let column = 0;
    return groups.map(({ heads, norm }) => {
      const width = heads * plan.rope.headDim;
      const view = recorder.make('view', [fused.shape[0], width], [fused, column, width]);
      column += width;
      if (norm !== undefined)
        recorder.change('normAndRotate', [view, this.operand(norm), eps, Number(rows === 'scored')]);
      return view;
    });
  }

  attention(
    { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    plan: PassPlan,
    { layer, rows }: { readonly layer: number; readonly rows: Rows },
  ): Tensor {
    const inputs = [slotOf(q), slotOf(k), slotOf(v), layer, Number(rows === 'scored')];
    return this.under(plan).make('attention', slotOf(q).shape, inputs);
  }

  swiglu(gateUp: Tensor): Tensor {
    const [rows, both] = slotOf(gateUp).shape;
    return this.pending.make('swiglu', [rows, both / 2], [slotOf(gateUp)]);
  }

  gatherScored(x: Tensor, plan: PassPlan): Tensor {
    const [, columns] = slotOf(x).shape;
    return this.under(plan).make('gatherScored', [plan.layout.scoredRows.length, columns], [slotOf(x)]);
  }

  async read(result: Tensor): Promise<Float32Array> {
    const { recorder, slot, shape } = slotOf(result);
    if (!(recorder.plan instanceof HandlePlan)) throw new TypeError('the pass was given no plan of this backend');
    const { handle } = recorder.plan;
    const sizes = { slots: recorder.slots, result: slot, rows: shape[0] };
    return withFaultCode(() => this.native.run(handle, recorder.program, recorder.operands, sizes));
  }

  memory(): DeviceMemory {
    const { resources, launchedBecause: _note, ...rest } = this.native.memory();
    return { tensors: resources, ...rest };
  }

  close(): void {
    for (const { handle } of this.weights.splice(0)) this.native.dispose(handle);
    this.native.close();
  }

  /** The loops of the CPU, which alone measure formats, keep what is between products in float32. */
  private get elementBytes(): number {
    return this.opened.formats === '' ? BYTES[this.opened.dtype]! : FLOAT_BYTES;
  }

  private get pending(): PassRecorder {
    if (this.recorder === undefined) throw new Error('operations are recorded inside `pass` only');
    return this.recorder;
  }

  private under(plan: PassPlan): PassRecorder {
    if (!(plan instanceof HandlePlan)) throw new TypeError('this plan was made by another backend');
    this.pending.plan = plan;
    return this.pending;
  }

  private operand(weight: Tensor): number {
    return this.pending.operand(weightOf(weight).handle);
  }

  private weight(shape: readonly number[], parts: readonly StoredTensor[], format?: string): Tensor {
    const stored = parts.map((part) => storedOf(part));
    const weight = new WeightTensor(this.native.weight(stored, format), shape);
    this.weights.push(weight);
    return weight;
  }
}

function weightOf(tensor: Tensor): WeightTensor {
  if (tensor instanceof WeightTensor) return tensor;
  throw new TypeError('this weight was made by another backend');
}

function nativeSegment({ start, length, ancestors, scored, kept, store }: LaidSegment) {
  return {
    start,
    length,
    ancestors,
    scored,
    ...(kept !== undefined && { kept: HandleKeyValues.of(kept).handle }),
    ...(store !== undefined && { store: HandleKeyValues.of(store).handle }),
  };
}
