import { toFloat32, type StoredTensor } from '#libs/tensor';

/** What is added to a weight [N, K]: factor · left · right, [N, R] times [R, K]. */
export interface LowRank {
  /** Rows [first, first + count) of the left matrix, end to end. */
  readonly left: (first: number, count: number) => Float32Array;
  readonly right: () => Float32Array;
  readonly rank: number;
  readonly factor: number;
}

/** The weight with what an adapter adds to it, float32. Both are read when they are asked for; nothing is kept. */
export function withLowRank(stored: StoredTensor, added: LowRank): StoredTensor {
  const [rowCount, columns] = stored.shape as [number, number];
  return {
    name: stored.name,
    dtype: 'float32',
    shape: stored.shape,
    read: (rows = { first: 0, count: rowCount }) => {
      const read = toFloat32(stored.read(rows), stored.dtype);
      // A tensor in memory answers its own values.
      const sum = stored.location === undefined ? read.slice() : read;
      addProduct(sum, { ...added, left: added.left(rows.first, rows.count), right: added.right() }, columns);
      return new Uint8Array(sum.buffer, sum.byteOffset, sum.byteLength);
    },
  };
}

interface Product {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly rank: number;
  readonly factor: number;
}

const AT_ONCE = 4;

/** sum += factor · left · right, by rows; four ranks at a time, so that a row of the sum is read and written less often. */
function addProduct(sum: Float32Array, { left, right, rank, factor }: Product, columns: number): void {
  for (let row = 0; row * columns < sum.length; row += 1) {
    const start = row * columns;
    let index = 0;
    for (; index + AT_ONCE <= rank; index += AT_ONCE) {
      const [a, b, c, d] = [0, 1, 2, 3].map((more) => factor * left[row * rank + index + more]!) as Four;
      const place = index * columns;
      for (let column = 0; column < columns; column += 1) {
        const at = place + column;
        sum[start + column]! +=
          a * right[at]! + b * right[at + columns]! + c * right[at + 2 * columns]! + d * right[at + 3 * columns]!;
      }
    }
    for (; index < rank; index += 1) {
      const one = factor * left[row * rank + index]!;
      for (let column = 0; column < columns; column += 1)
        sum[start + column]! += one * right[index * columns + column]!;
    }
  }
}

type Four = [number, number, number, number];
