import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ModelError } from './model-error.js';

import type { StoredDtype } from '#libs/tensor';

const DTYPES: Readonly<Record<string, StoredDtype>> = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' };
const BYTES: Readonly<Record<StoredDtype, number>> = { bfloat16: 2, float16: 2, float32: 4 };

// The format's own bound, so that a broken length is not taken for a header: github.com/huggingface/safetensors.
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/** A tensor in a file; bytes are read when they are asked for, into one buffer of exactly their size. */
export class FileTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  private readonly offsetBytes: number;

  constructor(
    private readonly file: SafetensorsFile,
    place: {
      readonly name: string;
      readonly dtype: StoredDtype;
      readonly shape: readonly number[];
      readonly offsetBytes: number;
    },
  ) {
    this.name = place.name;
    this.dtype = place.dtype;
    this.shape = place.shape;
    this.offsetBytes = place.offsetBytes;
  }

  get location(): { readonly path: string; readonly offsetBytes: number } {
    return { path: this.file.path, offsetBytes: this.offsetBytes };
  }

  get elements(): number {
    return count(this.shape);
  }

  read(rows?: { readonly first: number; readonly count: number }): Uint8Array {
    const rowBytes = count(this.shape.slice(1)) * BYTES[this.dtype];
    const { first, count: rowCount } = rows ?? { first: 0, count: this.shape[0] ?? 1 };
    if (first < 0 || first + rowCount > (this.shape[0] ?? 1)) {
      throw new RangeError(`${this.name} has ${this.shape[0]} rows, asked for ${first} to ${first + rowCount}`);
    }
    return this.file.read(this.offsetBytes + first * rowBytes, rowCount * rowBytes);
  }
}

/** One safetensors file: [header length, u64][header, JSON][data]. */
export class SafetensorsFile {
  readonly tensors: readonly FileTensor[];
  private readonly descriptor: number;

  /** Reads and checks the header; throws ModelError on a file that is truncated or lies about its tensors. */
  constructor(readonly path: string) {
    this.descriptor = open(path);
    try {
      this.tensors = this.readHeader();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const read = readSync(this.descriptor, bytes, done, length - done, offset + done);
      if (read === 0) throw new ModelError(`${this.path} ended at byte ${offset + done}, expected ${offset + length}`);
      done += read;
    }
    return bytes;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private readHeader(): FileTensor[] {
    const fileBytes = fstatSync(this.descriptor).size;
    if (fileBytes < LENGTH_BYTES) throw new ModelError(`${this.path} is truncated: ${fileBytes} bytes hold no header`);
    const lengthBytes = this.read(0, LENGTH_BYTES);
    const headerBytes = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
    if (headerBytes > MAX_HEADER_BYTES || LENGTH_BYTES + headerBytes > fileBytes) {
      throw new ModelError(
        `${this.path} is truncated or no safetensors file: its header of ${headerBytes} bytes does not fit`,
      );
    }
    const dataStart = LENGTH_BYTES + headerBytes;
    const entries = this.parseHeader(this.read(LENGTH_BYTES, headerBytes));
    const tensors = entries.map(([name, entry]) => this.checked(name, entry, dataStart));
    const expected = dataStart + Math.max(0, ...entries.map(([, entry]) => entry.data_offsets[1]));
    if (fileBytes < expected)
      throw new ModelError(`${this.path} is truncated: ${fileBytes} bytes, expected ${expected}`);
    return tensors;
  }

  private parseHeader(bytes: Uint8Array): [string, HeaderEntry][] {
    try {
      const header = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, HeaderEntry>;
      return Object.entries(header).filter(([name]) => name !== '__metadata__');
    } catch (cause) {
      throw new ModelError(`${this.path} is no safetensors file: its header is not JSON`, { cause });
    }
  }

  private checked(
    name: string,
    { dtype, shape, data_offsets: [start, end] }: HeaderEntry,
    dataStart: number,
  ): FileTensor {
    const known = DTYPES[dtype];
    if (known === undefined) {
      throw new ModelError(`${this.path}: ${name} is stored as ${dtype}; expected ${Object.keys(DTYPES).join(', ')}`);
    }
    const expected = count(shape) * BYTES[known];
    if (start < 0 || end - start !== expected) {
      throw new ModelError(
        `${this.path}: ${name} ${dtype} [${shape.join(', ')}] takes ${expected} bytes, its offsets span ${end - start}`,
      );
    }
    return new FileTensor(this, { name, dtype: known, shape, offsetBytes: dataStart + start });
  }
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [start: number, end: number];
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new ModelError(`${path} cannot be read`, { cause });
  }
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
