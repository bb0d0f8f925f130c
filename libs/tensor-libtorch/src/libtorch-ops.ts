import os from 'node:os';
import type {
  BackendDescription,
  DeviceMemory,
  HeadGroup,
  KeyValues,
  MemoryForecast,
  MemoryNeed,
  Pass,
  ProductRate,
  Program,
  Rope,
  Rows,
  StoredTensor,
  Tensor,
  TensorOps,
} from '#libs/tensor';
import { HandleKeyValues, storedOf, WeightTensor } from './handles.js';
import type { NativeBinding, NativeDevice } from './native-binding.js';
import { HandleProgram } from './handle-program.js';
import { ProgramRecorder, slotOf } from './program-recorder.js';

const FLOAT_BYTES = 4;
/** With fp8 and int8 only the weights of products have 8 bits. */
const BYTES: Readonly<Record<string, number>> = { f32: FLOAT_BYTES, bf16: 2, fp16: 2, fp8: 2 };
const WEIGHT_BYTES: Readonly<Record<string, number>> = { ...BYTES, fp8: 1, int8: 1 };
/** What libtorch and its libraries take on a GPU beside tensors when they are used first: code, workspaces, graphs themselves. */
const GPU_RESERVE_BYTES = 2 ** 29;

/** The operations on libtorch: they are recorded here, once a program. */
export class LibtorchOps implements TensorOps {
  private readonly weights: WeightTensor[] = [];
  private readonly programs = new Set<HandleProgram>();

  constructor(
    private readonly native: NativeBinding,
    private readonly opened: NativeDevice,
    private readonly threads: number,
    private readonly products?: ProductRate,
  ) {}

  describe(): BackendDescription {
    const { version, device, dtype, precise, formats, replayedRows } = this.opened;
    return {
      backend: 'libtorch',
      version,
      device,
      dtype,
      threads: this.threads,
      notes: this.native.notes(),
      ...(this.products !== undefined && { products: this.products }),
      ...(formats !== '' && { formats }),
      ...(replayedRows.length > 0 && { replayedRows }),
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
      keyValuesPerRow,
      rows,
    } = need;
    const { dtype, precise } = this.opened;
    const inMoreBits = dtype === 'int8' ? preciseParameters : 0;
    const linear = WEIGHT_BYTES[dtype]! * (linearParameters - inMoreBits) + WEIGHT_BYTES[precise]! * inMoreBits;
    const weights = linear + FLOAT_BYTES * vectorParameters;
    const bytesPerRow = this.elementBytes * activationsPerRow;
    const bytes = weights + bytesPerRow * rows;
    const { freeBytes, replayedRows, rowsOfKeyValues } = this.opened;
    if (freeBytes !== undefined) {
      const replayed =
        this.elementBytes * keyValuesPerRow * rowsOfKeyValues + bytesPerRow * Math.max(0, ...replayedRows);
      return {
        bytes: bytes + this.elementBytes * tableParameters + replayed + GPU_RESERVE_BYTES,
        bytesPerRow,
        limitBytes: freeBytes,
        wayOut:
          'end what else holds memory of the GPU, or use one with more, DTYPE=bf16, or a smaller model, MAX_BATCH_TOKENS or MAX_LENGTH',
      };
    }
    return {
      bytes,
      bytesPerRow,
      limitBytes: Math.min(os.totalmem(), process.constrainedMemory() || Infinity),
      wayOut: `use a machine with more memory,${dtype === 'int8' ? '' : ' DTYPE=int8,'} or a smaller model or MAX_LENGTH`,
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

  compile(forward: (pass: Pass) => Tensor, rope: Rope): Program {
    const recorder = new ProgramRecorder(rope);
    const handle = this.native.program(recorder.programOf(forward(recorder)));
    return new HandleProgram(this.native, handle, recorder.vocabulary, this.programs);
  }

  embed(table: Tensor, pass: Pass): Tensor {
    const { handle, shape } = weightOf(table);
    const [vocabulary, columns] = shape as [number, number];
    const recorder = recorderOf(pass);
    recorder.vocabulary = Math.min(recorder.vocabulary, vocabulary);
    return recorder.make('embed', { rows: 'all', columns }, [], { weight: handle });
  }

  rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
    const { recorder, size } = slotOf(x);
    return recorder.make('rmsNorm', size, [x], { weight: weightOf(weight).handle, eps });
  }

  addRmsNorm(residual: Tensor, delta: Tensor, weight: Tensor, eps: number): { residual: Tensor; normed: Tensor } {
    const { recorder, size } = slotOf(residual);
    const normed = recorder.make('addRmsNorm', size, [residual, delta], { weight: weightOf(weight).handle, eps });
    return { residual, normed };
  }

  linear(x: Tensor, weight: Tensor): Tensor {
    const { recorder, size } = slotOf(x);
    const { handle, shape } = weightOf(weight);
    const [columns, inputs] = shape as [number, number];
    if (size.columns !== inputs) throw new RangeError(`a weight of ${inputs} inputs was given rows of ${size.columns}`);
    return recorder.make('linear', { rows: size.rows, columns }, [x], { weight: handle });
  }

  addBias(x: Tensor, bias: Tensor): Tensor {
    slotOf(x).recorder.change('addBias', [x], { weight: weightOf(bias).handle });
    return x;
  }

  splitHeads(
    x: Tensor,
    groups: readonly HeadGroup[],
    pass: Pass,
    { rows, eps }: { rows: Rows; eps: number },
  ): Tensor[] {
    const recorder = recorderOf(pass);
    let first = 0;
    return groups.map(({ heads, norm }) => {
      const columns = heads * pass.rope.headDim;
      const view = recorder.make('view', { rows, columns }, [x], { first, columns });
      first += columns;
      if (norm !== undefined) recorder.change('normAndRotate', [view], { weight: weightOf(norm).handle, eps, rows });
      return view;
    });
  }

  attention(
    { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    pass: Pass,
    { layer, rows }: { readonly layer: number; readonly rows: Rows },
  ): Tensor {
    return recorderOf(pass).make('attention', slotOf(q).size, [q, k, v], { layer, rows });
  }

  swiglu(gateUp: Tensor): Tensor {
    const { recorder, size } = slotOf(gateUp);
    return recorder.make('swiglu', { rows: size.rows, columns: size.columns / 2 }, [gateUp]);
  }

  gatherScored(x: Tensor, pass: Pass): Tensor {
    return recorderOf(pass).make('gatherScored', { rows: 'scored', columns: slotOf(x).size.columns }, [x]);
  }

  memory(): DeviceMemory {
    const { resources, ...rest } = this.native.memory();
    return { tensors: resources, ...rest };
  }

  close(): void {
    for (const program of this.programs) program.dispose();
    for (const { handle } of this.weights.splice(0)) this.native.dispose(handle);
    this.native.close();
  }

  /** The loops of the CPU, which alone measure formats, keep what is between products in float32. */
  private get elementBytes(): number {
    return this.opened.formats === '' ? BYTES[this.opened.dtype]! : FLOAT_BYTES;
  }

  private weight(shape: readonly number[], parts: readonly StoredTensor[], format?: string): Tensor {
    const inInt8 = (format ?? this.opened.dtype) === 'int8';
    const stored = parts.map((part) => storedOf(part, inInt8));
    const weight = new WeightTensor(this.native.weight(stored, format), shape);
    this.weights.push(weight);
    return weight;
  }
}

function weightOf(tensor: Tensor): WeightTensor {
  if (tensor instanceof WeightTensor) return tensor;
  throw new TypeError('this weight was made by another backend');
}

function recorderOf(pass: Pass): ProgramRecorder {
  if (pass instanceof ProgramRecorder) return pass;
  throw new TypeError('this pass was made by another backend');
}
