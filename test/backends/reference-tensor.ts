import {
  toFloat32,
  type KeyValues,
  type Pass,
  type Rope,
  type SegmentLayout,
  type StoredTensor,
  type Tensor,
} from '#libs/tensor';

/** A matrix as a list of its rows; nothing writes into a row after it is made. */
export class Matrix implements Tensor {
  readonly shape: readonly [rows: number, columns: number];

  constructor(
    readonly rows: readonly Float32Array[],
    columns: number,
  ) {
    this.shape = [rows.length, columns];
  }

  /** A matrix of a checkpoint; a vector [N] becomes one row. */
  static of(stored: StoredTensor): Matrix {
    const columns = stored.shape.at(-1)!;
    const values = toFloat32(stored.read(), stored.dtype);
    const rows = Array.from({ length: values.length / columns }, (_, row) =>
      values.subarray(row * columns, (row + 1) * columns),
    );
    return new Matrix(rows, columns);
  }

  /** All elements, row after row. */
  values(): Float32Array {
    const [rows, columns] = this.shape;
    const values = new Float32Array(rows * columns);
    this.rows.forEach((row, index) => values.set(row, index * columns));
    return values;
  }
}

/** An embedding table; its rows are read from the checkpoint when they are asked for. */
export class ReferenceTable implements Tensor {
  readonly shape: readonly [vocabulary: number, columns: number];

  constructor(private readonly stored: StoredTensor) {
    this.shape = [stored.shape[0]!, stored.shape[1]!];
  }

  row(id: number): Float32Array {
    const [vocabulary] = this.shape;
    if (id < 0 || id >= vocabulary) throw new RangeError(`token id ${id} is outside the vocabulary of ${vocabulary}`);
    return toFloat32(this.stored.read({ first: id, count: 1 }), this.stored.dtype);
  }
}

/** Key and value of one token, cut into heads. */
export interface TokenKeyValue {
  readonly k: readonly Float32Array[];
  readonly v: readonly Float32Array[];
}

export interface KeyValueSize {
  readonly layers: number;
  readonly tokens: number;
  readonly width: number;
}

export class ReferenceKeyValues implements KeyValues {
  readonly tokens: number;
  readonly bytes: number;
  private readonly layers: (readonly TokenKeyValue[])[] = [];

  constructor(
    { layers, tokens, width }: KeyValueSize,
    private readonly onDispose: (handle: KeyValues) => void,
  ) {
    this.tokens = tokens;
    this.bytes = layers * 2 * tokens * width * Float32Array.BYTES_PER_ELEMENT;
  }

  store(layer: number, tokens: readonly TokenKeyValue[]): void {
    this.layers[layer] = tokens;
  }

  layer(index: number): readonly TokenKeyValue[] {
    const tokens = this.layers[index];
    if (tokens === undefined) throw new Error(`layer ${index} of a kept segment was never stored`);
    return tokens;
  }

  dispose(): void {
    this.layers.length = 0;
    this.onDispose(this);
  }
}

export class ReferencePass implements Pass {
  constructor(
    readonly layout: SegmentLayout,
    readonly rope: Rope,
  ) {}

  dispose(): void {
    // Nothing was prepared.
  }
}
