import type { StoredTensor } from '#libs/tensor';
import type { FileTensor } from '../file-tensor.js';
import { ModelError } from '../model-error.js';

/** Rows of a weight, from first to first + count, written into `out` [count, columns]. */
export type FillRows = (out: Float32Array, rows: { readonly first: number; readonly count: number }) => void;

/** A weight [N, K] that is made of its stored parts when it is read; float32. */
export function madeOf(name: string, shape: readonly [rows: number, columns: number], fill: FillRows): StoredTensor {
  return {
    name,
    dtype: 'float32',
    shape,
    read: (rows = { first: 0, count: shape[0] }) => {
      const out = new Float32Array(rows.count * shape[1]);
      fill(out, rows);
      return new Uint8Array(out.buffer);
    },
  };
}

/** A weight that backends may multiply by as it is stored: int8 [N, K], with a scale for each row. */
export function withInt8(made: StoredTensor, stored: FileTensor, scaleOf: (row: number) => number): StoredTensor {
  const scales = Float32Array.from({ length: made.shape[0]! }, (_, row) => scaleOf(row));
  const { location, read } = stored;
  return { ...made, int8: { scales, read: () => read(), ...(location !== undefined && { location }) } };
}

/** The parts of one module, by what stands behind its name: `weight_packed`, `weight_scale`. */
export class Parts {
  constructor(
    readonly module: string,
    private readonly tensors: ReadonlyMap<string, FileTensor>,
  ) {}

  has(part: string): boolean {
    return this.tensors.has(part);
  }

  optional(part: string): FileTensor | undefined {
    return this.tensors.get(part);
  }

  /** Throws ModelError where it is missing, of another type, or of another shape; `null` in a shape is any size. */
  get(part: string, dtypes: readonly string[], shape?: readonly (number | null)[]): FileTensor {
    const tensor = this.tensors.get(part);
    const name = `${this.module}.${part}`;
    if (tensor === undefined) {
      throw new ModelError(`${name} is missing, which its quantised weights need; download the checkpoint again`);
    }
    const file = tensor.location?.path ?? '';
    if (!dtypes.includes(tensor.dtype)) {
      throw new ModelError(
        `${file}: ${name} must be ${dtypes.join(' or ')}, got ${tensor.dtype}; the file is not what config.json says`,
      );
    }
    const fits =
      shape === undefined ||
      (shape.length === tensor.shape.length &&
        shape.every((size, index) => size === null || size === tensor.shape[index]));
    if (fits) return tensor;
    throw new ModelError(
      `${file}: ${name} must be [${shape.map((size) => size ?? 'any').join(', ')}], got [${tensor.shape.join(', ')}]; ` +
        'bits, groups or sizes in config.json are those of another checkpoint',
    );
  }
}
