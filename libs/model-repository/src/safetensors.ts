import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { FileTensor } from './file-tensor.js';
import { requireNoPointer } from './json-file.js';
import { ModelError } from './model-error.js';
import { DTYPE_BYTES, elementCount, FETCH_AGAIN, parseHeader, type TensorEntry } from './safetensors-header.js';
import { unreadable } from './unreadable.js';

// The format's own bound, so that a broken length is not taken for a header: github.com/huggingface/safetensors.
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** Enough to know a pointer by. */
const POINTER_BYTES = 64;
/** One system call reads less than 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;

type RowRange = NonNullable<Parameters<FileTensor['read']>[0]>;

/** One safetensors file, held open: [header length, u64][header, JSON][data]. */
export class SafetensorsFile {
  /** By name; bytes are read when they are asked for, into one buffer of exactly their size. */
  readonly tensors: ReadonlyMap<string, FileTensor>;
  private descriptor: number | undefined;

  /** Reads and checks the header; throws ModelError on a file that is truncated or lies about its tensors. */
  constructor(readonly path: string) {
    this.descriptor = open(path);
    try {
      this.tensors = new Map(this.readHeader().map((entry) => [entry.name, this.tensorOf(entry)]));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** May be called twice: the number of a closed descriptor can already belong to another file. */
  close(): void {
    if (this.descriptor === undefined) return;
    closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private readHeader(): readonly TensorEntry[] {
    const fileBytes = fstatSync(this.descriptor!).size;
    if (fileBytes < LENGTH_BYTES) {
      throw new ModelError(
        `${this.path} is truncated: it has ${fileBytes} bytes, its header alone takes more; ${FETCH_AGAIN}`,
      );
    }
    requireNoPointer(this.path, Buffer.from(this.read(0, Math.min(fileBytes, POINTER_BYTES))).toString('latin1'));
    const headerBytes = Number(new DataView(this.read(0, LENGTH_BYTES).buffer).getBigUint64(0, true));
    if (headerBytes > MAX_HEADER_BYTES) {
      throw new ModelError(
        `${this.path} is not a safetensors file: a header is at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`,
      );
    }
    const dataStart = LENGTH_BYTES + headerBytes;
    if (fileBytes < dataStart) {
      throw new ModelError(
        `${this.path} is truncated: it has ${fileBytes} bytes, its header alone ends at ${dataStart}; ${FETCH_AGAIN}`,
      );
    }
    return parseHeader(this.read(LENGTH_BYTES, headerBytes), { path: this.path, dataStart, fileBytes });
  }

  private tensorOf({ name, dtype, shape, offsetBytes }: TensorEntry): FileTensor {
    const rowCount = shape[0] ?? 1;
    const rowBytes = elementCount(shape.slice(1)) * DTYPE_BYTES[dtype];
    return {
      name,
      dtype,
      shape,
      location: { path: this.path, offsetBytes },
      read: (rows: RowRange = { first: 0, count: rowCount }) => {
        requireRows(rows, name, rowCount);
        return this.read(offsetBytes + rows.first * rowBytes, rows.count * rowBytes);
      },
    };
  }

  private read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.descriptor === undefined) throw new Error(`${this.path} is closed`);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const read = readSync(this.descriptor, bytes, done, Math.min(length - done, MAX_READ_BYTES), offset + done);
      // The header was checked against the file's length, so the file became shorter since.
      if (read === 0) throw new ModelError(`${this.path} ended at byte ${offset + done}, expected ${offset + length}`);
      done += read;
    }
    return bytes;
  }
}

function requireRows({ first, count }: RowRange, name: string, rowCount: number): void {
  const whole = Number.isSafeInteger(first) && Number.isSafeInteger(count);
  if (whole && first >= 0 && count >= 0 && first + count <= rowCount) return;
  throw new RangeError(`${name} has ${rowCount} rows, asked for ${count} from row ${first} on`);
}

function open(path: string): number {
  try {
    // Looked at before it is opened: to open a pipe is to wait for somebody to write into it.
    if (statSync(path).isFile()) return openSync(path, 'r');
  } catch (cause) {
    throw new ModelError(unreadable(path, cause), { cause });
  }
  throw new ModelError(`${path} is not a file`);
}
