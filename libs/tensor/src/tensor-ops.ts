import type { SegmentLayout } from './segment-layout.js';
import type { StoredTensor } from './stored-tensor.js';

/**
 * A value on a backend's device. Opaque: only the backend that made it reads it.
 * Weights live until the backend is closed; what a forward pass makes is released when the pass ends.
 */
export interface Tensor {
  /** Where a program is compiled before it runs, the rows of its values are not known: NaN. */
  readonly shape: readonly number[];
}

/** Keys and values of one segment, all layers, kept on the device across passes. The holder disposes of it. */
export interface KeyValues {
  readonly tokens: number;
  readonly bytes: number;
  dispose(): void;
}

/** Rotary position embedding: half-split rotation by position · frequency. */
export interface Rope {
  readonly headDim: number;
  /** Radians per position of each pair: [headDim / 2]. */
  readonly frequencies: Float32Array;
}

/** The layout and the rotations of a pass, as a forward pass hands it on to operations. Opaque. */
export interface Pass {
  readonly rope: Rope;
}

/** A forward pass that the backend knows. It ends with the backend, or when it is disposed of. */
export interface Program {
  /** One pass over these segments: the rows of its result, one behind the other. Rejects when the pass or the device failed. */
  run(layout: SegmentLayout): Promise<Float32Array>;
  dispose(): void;
}

/** Which rows an operation works on: every packed row [T], or only the last row of each scored segment [B]. */
export type Rows = 'all' | 'scored';

/** A group of heads inside a fused projection. With `norm` [headDim], each head is RMS-normed and then rotated. */
export interface HeadGroup {
  readonly heads: number;
  readonly norm?: Tensor;
}

/** What a model will ask a backend to hold; counts are elements, not bytes. */
export interface MemoryNeed {
  readonly linearParameters: number;
  /** How many of them are loaded as `precise`. */
  readonly preciseParameters?: number;
  readonly tableParameters: number;
  readonly vectorParameters: number;
  /** Largest number of elements alive at once for one packed row. */
  readonly activationsPerRow: number;
  /** Elements of the keys and values of one row, all layers. */
  readonly keyValuesPerRow: number;
  /** Longest pass in rows. */
  readonly rows: number;
}

export interface MemoryForecast {
  readonly bytes: number;
  /** How many of them a row of the longest pass takes. */
  readonly bytesPerRow: number;
  /** Absent when the backend knows no bound of its own. */
  readonly limitBytes?: number;
  /** What the user can do when `bytes` exceeds `limitBytes`. */
  readonly wayOut: string;
}

/** How fast float32 products are here, and which library computes them. */
export interface ProductRate {
  /** Name and version, such as `OpenBLAS 0.3.29`. */
  readonly library: string;
  /** Which of its kernels it took, where it tells. */
  readonly kernels?: string;
  /** Billions of operations a second of one product, as measured when the backend came up. */
  readonly gflops: number;
  /** The same of the processor's vector units alone: what a product can reach at most. */
  readonly vectorGflops: number;
  /** One sentence on what to do, where the product is slower than half of that. */
  readonly advice?: string;
}

export interface BackendDescription {
  readonly backend: string;
  /** Version of the library behind the backend. */
  readonly version: string;
  readonly device: string;
  readonly dtype: string;
  readonly threads: number;
  /** What the backend does without here, each with the reason. */
  readonly notes?: readonly string[];
  /** Absent where none was measured. */
  readonly products?: ProductRate;
  /** Why products are in the format of `dtype`: what each reached when that was chosen by measuring. */
  readonly formats?: string;
  /** Rows of small passes that are recorded and replayed, each by itself, once a pass of about that many came twice; absent: none is. */
  readonly replayedRows?: readonly number[];
  /** With int8: the format of weights that keep more bits. */
  readonly precise?: string;
}

/** What a backend holds, for metrics and leak tests. */
export interface DeviceMemory {
  /** Weights, keys and values, and programs that are not disposed of yet. */
  readonly tensors: number;
  /** Bytes of these tensors. */
  readonly bytes: number;
  /** Buffers for activations that a backend keeps from pass to pass, and recorded passes; 0 where it keeps none. */
  readonly scratchBytes: number;
  /** Time that the last pass took to plan and launch, where a device then works apart from the host. */
  readonly launchSeconds?: number;
  /** Passes that were replayed from a recording of an earlier one, where a device can. */
  readonly replays?: number;
  /** Recordings that there are for that; `scratchBytes` has their memory. */
  readonly graphs?: number;
}

/**
 * The operations a backend supplies. Sequences are packed: rows of all segments end to end, no padding.
 *
 * A forward pass has no side effect on JavaScript: nothing is read back, and no branch depends on a value or on the layout.
 * So a backend may call it for each run and compute at once, or call it once and replay what it recorded in one native call.
 * Statistics of norms, softmax and the final score are float32 in every backend.
 */
export interface TensorOps {
  describe(): BackendDescription;

  /** Bytes that a model of this size takes here, known before anything is allocated. */
  forecastMemory(need: MemoryNeed): MemoryForecast;

  /**
   * Concatenates parts [N_i, K] along rows to one weight [ΣN_i, K], in the layout `linear` is fastest with. `precise`: in more
   * bits where the others have 8.
   */
  linearWeight(parts: readonly StoredTensor[], precise?: boolean): Tensor;

  /** A norm weight [N], float32. */
  vectorWeight(stored: StoredTensor): Tensor;

  /** An embedding table [V, H]; may stay in the checkpoint's dtype. */
  embeddingTable(stored: StoredTensor): Tensor;

  /** Room for the keys and values of `tokens` tokens: per layer two matrices [tokens, width]. */
  keyValues(size: { readonly layers: number; readonly tokens: number; readonly width: number }): KeyValues;

  /** The program whose result `forward` answers: once for all of its runs, or when it runs, `forward` is called. */
  compile(forward: (pass: Pass) => Tensor, rope: Rope): Program;

  /** Rows of the table for the pass's ids: [V, H] → [T, H]. */
  embed(table: Tensor, pass: Pass): Tensor;

  /** x · rsqrt(mean(x²) + eps) · weight, per row: [R, H] → [R, H]. */
  rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor;

  /** residual + delta, and its rmsNorm: two of [R, H]. The inputs must not be used afterwards. */
  addRmsNorm(residual: Tensor, delta: Tensor, weight: Tensor, eps: number): { residual: Tensor; normed: Tensor };

  /** x · weightᵀ: [R, K] × [N, K]ᵀ → [R, N]. */
  linear(x: Tensor, weight: Tensor): Tensor;

  /** x + bias, by rows: [R, N] + [N] → [R, N]. The input must not be used afterwards. */
  addBias(x: Tensor, bias: Tensor): Tensor;

  /**
   * Splits a fused projection [R, Σ heads · headDim] into its groups [R, heads · headDim]; groups with a norm weight are
   * RMS-normed per head and rotated by the position of their row (q and k), the others pass through (v).
   * The input must not be used afterwards.
   */
  splitHeads(x: Tensor, groups: readonly HeadGroup[], pass: Pass, options: { rows: Rows; eps: number }): Tensor[];

  /**
   * Causal attention over the segment tree, scale headDim^-0.5, grouped-query (head h reads key head ⌊h / (Hq / Hkv)⌋):
   * a row attends to the keys of its segment's ancestors and to its own segment up to itself.
   * q [R, Hq · headDim]; k, v [T, Hkv · headDim] → [R, Hq · headDim]. Segments with `store` keep layer `layer` there.
   */
  attention(
    heads: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
    pass: Pass,
    options: { readonly layer: number; readonly rows: Rows },
  ): Tensor;

  /** silu(gate) · up for a fused projection [gate | up]: [R, 2I] → [R, I]. The input must not be used afterwards. */
  swiglu(gateUp: Tensor): Tensor;

  /** The last row of each scored segment: [T, H] → [B, H]. */
  gatherScored(x: Tensor, pass: Pass): Tensor;

  memory(): DeviceMemory;

  /** Releases the weights and the device. */
  close(): void;
}
