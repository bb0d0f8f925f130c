import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Rows } from '#libs/tensor';

/** Something that lives in the addon: a weight, a table, keys and values, a program. */
export interface NativeHandle {
  readonly native: unique symbol;
}

/** A stored tensor: a place in a file, or bytes that are read during the call. */
export type NativeStored = {
  readonly rows: number;
  readonly columns: number;
} & (
  | { readonly dtype: NativeDtype }
  | { /** Of the rows of whole numbers in 8 bits. */ readonly scales: Float32Array }
) &
  ({ readonly path: string; readonly offset: number } | { readonly bytes: Uint8Array });

export type NativeDtype = 'float32' | 'bfloat16' | 'float16';

export interface NativeSegment {
  readonly start: number;
  readonly length: number;
  readonly ancestors: readonly number[];
  readonly scored: boolean;
  readonly kept?: NativeHandle;
  readonly store?: NativeHandle;
}

interface NativeLayout {
  readonly segments: readonly NativeSegment[];
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly scoredRows: Int32Array;
}

/** One operation of a program; `Command` in program.h says what belongs to which. */
export interface NativeCommand {
  readonly operation: string;
  /** What it makes, then what it reads; of one that works in place, what it changes. */
  readonly slots: readonly number[];
  /** A weight, or the table of `embed`. */
  readonly weight?: NativeHandle;
  readonly eps?: number;
  readonly rows?: Rows;
  readonly layer?: number;
  /** The columns of a view: the first one and how many. */
  readonly first?: number;
  readonly columns?: number;
}

export interface NativeProgram {
  readonly commands: readonly NativeCommand[];
  readonly slots: number;
  /** The slot that a run answers, and which rows it has. */
  readonly result: number;
  readonly rows: Rows;
  readonly headDim: number;
  readonly frequencies: Float32Array;
}

export interface NativeChoice {
  readonly threads: number;
  /** `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:N`; `emulated`: the CPU with the kernels of a GPU (check kernels-run). */
  readonly device: string;
  /** `f32`, `auto` (bf16 on a GPU, and on a CPU where its products pay), `bf16`, `int8` (CPU), `fp16` or `fp8` (GPU). */
  readonly dtype: string;
  /** False: no kernels of our own on a GPU, to compare with them. */
  readonly fused: boolean;
  /** The CPU runs passes the way a GPU does, to test that way without one. */
  readonly tensors: boolean;
  /** The CPU attends in bf16, where it has tiles for that, to test it; its rows stay float32. */
  readonly tiles: boolean;
  /** `auto`: a GPU replays small passes that come again; `always`: every small pass is replayed, on the CPU too; `never`. */
  readonly graphs: 'auto' | 'always' | 'never';
}

/** What is running. */
export interface NativeDevice {
  /** Version of libtorch. */
  readonly version: string;
  readonly device: string;
  readonly dtype: string;
  /** In which format the CPU holds weights that need more bits than 8: f32 or bf16. */
  readonly precise: string;
  /** Name of the GPU, and its memory that was free when it was open; absent on the CPU. */
  readonly gpu?: string;
  readonly freeBytes?: number;
  /** Rows of passes that are replayed, each recorded by itself; empty: none is. */
  readonly replayedRows: readonly number[];
  /** Rows whose keys and values have memory kept for them by these. */
  readonly rowsOfKeyValues: number;
  /** What products of the CPU were measured to reach in the formats that `dtype` chooses from; empty where that was not asked. */
  readonly formats: string;
}

/** Machine code, and the version of NVRTC that made it. */
export interface NativeCode {
  readonly compiler: string;
  readonly code: Uint8Array;
}

/** The library behind float32 products; empty strings for what it does not tell. */
export interface NativeBlas {
  readonly name: string;
  readonly version: string;
  readonly kernels: string;
}

/** The whole native surface. Errors carry a `code`: INVALID, OUT_OF_MEMORY, DEVICE_FAULT, CLOSED or INTERNAL. */
export interface NativeBinding {
  /** `INTERFACE_VERSION` of the sources that the addon was built from; absent in those from before there was one. */
  readonly interfaceVersion?: number;
  /** Opens the device and starts the compute thread; the first call. */
  open(choice: NativeChoice): NativeDevice;
  close(): void;
  /** The only call that needs no `open`. */
  blas(): NativeBlas;
  /** GFLOP/s of a float32 product on the CPU, and of the vector units of the threads that compute it. */
  productRates(): Promise<Float32Array>;
  /**
   * Parts [rows_i, columns] one below the other, in the dtype of the passes, with fp8 in 8 bits; a single row is float32. On the
   * CPU in `format` (f32, bf16, int8) where it is given.
   */
  weight(parts: readonly NativeStored[], format?: string): NativeHandle;
  table(stored: NativeStored): NativeHandle;
  keyValues(layers: number, tokens: number, width: number): NativeHandle;
  program(program: NativeProgram): NativeHandle;
  /** Runs a program on the compute thread, after the runs before. */
  run(program: NativeHandle, layout: NativeLayout): Promise<Float32Array>;
  dispose(handle: NativeHandle): void;
  memory(): {
    readonly resources: number;
    readonly bytes: number;
    readonly scratchBytes: number;
    readonly launchSeconds?: number;
    /** Passes that were replayed; absent where none is. */
    readonly replays?: number;
    /** Recordings for that; their memory is part of `scratchBytes`. */
    readonly graphs?: number;
  };
  /** What it goes without, a line each with the reason. */
  notes(): readonly string[];
  /** Compiles the kernels for a GPU such as sm_90. Needs NVRTC, but no GPU. */
  compileKernels(architecture: string, dtype: NativeDtype): NativeCode;
}

/** Raised here and in addon.cc with each change of `NativeBinding`: an addon from before an update is told from a broken one. */
const INTERFACE_VERSION = 3;
const require = createRequire(import.meta.url);
const ADDON = 'build/native/addon.node';
const HELP = 'run `npm run libtorch`, or set LIBTORCH_HOME to an unpacked libtorch, then `npm run build:native`';

/** The name of the package that has the addon for a platform, and the libraries that it loads, so that an install compiles nothing. */
export function nativePackage(platform: string = process.platform, arch: string = process.arch): string {
  return `qwen3-reranker-libtorch-${platform}-${arch}`;
}

/** The addon's file: the one that was built here, else that of this platform's package; absent where neither is. */
export function addonFile(): string | undefined {
  return builtFrom(import.meta.dirname) ?? packaged();
}

/** Loads the addon; throws an error that says what is missing and how to get it. */
export function loadBinding(addon?: string): NativeBinding {
  const file = addon ?? addonFile();
  if (file === undefined) throw new Error(`the native addon is not built: ${HELP}`);
  const native = required(file);
  if (native.interfaceVersion === INTERFACE_VERSION) return native;
  const name = nativePackage();
  throw new Error(
    path.basename(path.dirname(file)) === name
      ? `the native addon in ${file} belongs to another version: install ${name} in the version of this package`
      : `the native addon in ${file} was built from other sources: run \`npm run build:native\``,
  );
}

function required(file: string): NativeBinding {
  try {
    return require(file) as NativeBinding;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the native addon does not load (${reason}): ${HELP}`, { cause });
  }
}

/** Upwards from here to the package's own folder, and no further: the compiled file lies deeper than its source. */
function builtFrom(folder: string): string | undefined {
  const file = path.join(folder, ADDON);
  if (existsSync(file)) return file;
  const parent = path.dirname(folder);
  return existsSync(path.join(folder, 'package.json')) || parent === folder ? undefined : builtFrom(parent);
}

function packaged(): string | undefined {
  try {
    return require.resolve(`${nativePackage()}/addon.node`);
  } catch {
    return undefined; // It is optional, and for some platforms there is none.
  }
}
