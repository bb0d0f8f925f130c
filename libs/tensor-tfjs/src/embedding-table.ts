import { tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { toFloat32, type StoredTensor, type Tensor } from '#libs/tensor';

/** An embedding table [V, H] that stays on the host in the checkpoint's dtype: a pass needs a few of its rows only. */
export class EmbeddingTable implements Tensor {
  readonly shape: readonly [number, number];
  private readonly bytes: Uint8Array;
  private readonly rowBytes: number;

  constructor(private readonly stored: StoredTensor) {
    this.shape = [stored.shape[0]!, stored.shape[1]!];
    this.bytes = stored.read();
    this.rowBytes = this.bytes.byteLength / this.shape[0];
  }

  get byteLength(): number {
    return this.bytes.byteLength;
  }

  /** [T] ids → [T, H]; throws RangeError on an id without a row. */
  rows(ids: Int32Array): Tensor2D {
    const [vocabulary, width] = this.shape;
    const gathered = new Uint8Array(ids.length * this.rowBytes);
    ids.forEach((id, row) => {
      if (id < 0 || id >= vocabulary) throw new RangeError(`token id ${id} is outside the vocabulary of ${vocabulary}`);
      gathered.set(this.bytes.subarray(id * this.rowBytes, (id + 1) * this.rowBytes), row * this.rowBytes);
    });
    return tensor2d(toFloat32(gathered, this.stored.dtype), [ids.length, width]);
  }
}
