import { writeFileSync } from 'node:fs';

/** A tensor as a file stores it; nothing is checked, so that a test can write what a reader must refuse. */
export interface WrittenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Writes the tensors end to end, in their order. */
export function writeSafetensors(file: string, tensors: Readonly<Record<string, WrittenTensor>>): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  writeRawSafetensors(file, JSON.stringify(header), Buffer.concat(Object.values(tensors).map(({ bytes }) => bytes)));
}

/** [header length, u64][header][data], whatever they are. */
export function writeRawSafetensors(file: string, header: string | Uint8Array, data: Uint8Array): void {
  const text = Buffer.from(header as string);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, text, data]));
}

/** Element i of the tensor is `value(i)`. */
export function float32Tensor(shape: readonly number[], value: (index: number) => number): WrittenTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, index) => value(index));
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
}
