import type { KeyValues, StoredTensor, Tensor } from '#libs/tensor';
import type { NativeBinding, NativeHandle, NativeStored } from './native-binding.js';

export class WeightTensor implements Tensor {
  constructor(
    readonly handle: NativeHandle,
    readonly shape: readonly number[],
  ) {}
}

export class HandleKeyValues implements KeyValues {
  readonly tokens: number;
  readonly bytes: number;

  constructor(
    private readonly native: NativeBinding,
    readonly handle: NativeHandle,
    { tokens, bytes }: { readonly tokens: number; readonly bytes: number },
  ) {
    this.tokens = tokens;
    this.bytes = bytes;
  }

  static of(keyValues: KeyValues): HandleKeyValues {
    if (keyValues instanceof HandleKeyValues) return keyValues;
    throw new TypeError('these keys and values were made by another backend');
  }

  dispose(): void {
    this.native.dispose(this.handle);
  }
}

/**
 * A vector counts as one row. A tensor that lies in a file is mapped by the addon; another one is copied from memory.
 * @param inInt8 Whole numbers of 8 bits stay what they are; else they are read as floats.
 */
export function storedOf(stored: StoredTensor, inInt8 = false): NativeStored {
  const [rows, columns] = stored.shape.length === 1 ? [1, stored.shape[0]!] : [stored.shape[0]!, stored.shape[1]!];
  const int8 = inInt8 ? stored.int8 : undefined;
  const kind = int8 === undefined ? { dtype: stored.dtype } : { scales: int8.scales };
  const source = int8 ?? stored;
  if (source.location === undefined) return { ...kind, rows, columns, bytes: source.read() };
  return { ...kind, rows, columns, path: source.location.path, offset: source.location.offsetBytes };
}
