import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toFloat32 } from '#libs/tensor';
import { folderOfTest } from '../../../test/support/temporary-folder.js';
import { float32Tensor, writeRawSafetensors, writeSafetensors } from '../../../test/support/write-safetensors.js';
import { isFloat, type FileTensor } from './file-tensor.js';
import { ModelError } from './model-error.js';
import { SafetensorsFile } from './safetensors.js';

let file: string;
const opened: SafetensorsFile[] = [];

beforeEach(() => {
  file = path.join(folderOfTest(), 'model.safetensors');
});

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

function open(): SafetensorsFile {
  const each = new SafetensorsFile(file);
  opened.push(each);
  return each;
}

function tensor(name: string): FileTensor {
  return open().tensors.get(name)!;
}

function numbers(stored: FileTensor, rows?: { first: number; count: number }): number[] {
  if (!isFloat(stored)) throw new Error(`${stored.name} is no weight`);
  return [...toFloat32(stored.read(rows), stored.dtype)];
}

/** Two elements of 16 bits; the second is −2 in float16 and in bfloat16. */
function halves(first: number): Uint8Array {
  return new Uint8Array(Uint16Array.of(first, 0xc000).buffer);
}

/** One header entry over `bytes` bytes of data. */
function writeEntry(entry: unknown, bytes = 8): void {
  writeRawSafetensors(file, JSON.stringify({ weight: entry }), new Uint8Array(bytes));
}

function expectRefusal(message: RegExp): void {
  expect(open).toThrow(ModelError);
  expect(open).toThrow(message);
  expect(open).toThrow(file);
}

describe('a good file', () => {
  it('gives each tensor its name, dtype, shape and values', () => {
    writeSafetensors(file, {
      b: { dtype: 'BF16', shape: [2], bytes: halves(0x3f80) },
      h: { dtype: 'F16', shape: [1, 2], bytes: halves(0x3c00) },
      f: float32Tensor([2, 2], (index) => index / 2),
    });
    const read = [...open().tensors.values()].map((each) => [each.name, each.dtype, each.shape, numbers(each)]);
    expect(read).toEqual([
      ['b', 'bfloat16', [2], [1, -2]],
      ['h', 'float16', [1, 2], [1, -2]],
      ['f', 'float32', [2, 2], [0, 0.5, 1, 1.5]],
    ]);
  });

  it('reads a range of rows and nothing else', () => {
    writeSafetensors(file, { before: float32Tensor([3], () => 9), rows: float32Tensor([4, 2], (index) => index) });
    const rows = tensor('rows');
    expect(numbers(rows, { first: 1, count: 2 })).toEqual([2, 3, 4, 5]);
    expect(numbers(rows, { first: 4, count: 0 })).toEqual([]);
    expect(rows.read({ first: 3, count: 1 }).buffer.byteLength).toBe(8);
  });

  it('reads scalars, vectors and tensors without elements', () => {
    writeSafetensors(file, {
      scalar: float32Tensor([], () => 7),
      vector: float32Tensor([3], (index) => index),
      empty: float32Tensor([0, 5], () => 1),
    });
    expect(numbers(tensor('scalar'))).toEqual([7]);
    expect(numbers(tensor('vector'), { first: 1, count: 1 })).toEqual([1]);
    expect(numbers(tensor('empty'))).toEqual([]);
  });

  it('may list its tensors in another order than they lie', () => {
    const header = {
      second: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
      empty: { dtype: 'F32', shape: [0], data_offsets: [4, 4] },
      first: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    };
    writeRawSafetensors(file, JSON.stringify(header), new Uint8Array(Float32Array.of(1, 2).buffer));
    expect(['first', 'second', 'empty'].map((name) => numbers(tensor(name)))).toEqual([[1], [2], []]);
  });

  it('says where in the file the bytes lie', () => {
    writeSafetensors(file, { a: float32Tensor([3], () => 1), b: float32Tensor([2], () => 2.5) });
    const { location } = tensor('b');
    expect(location?.path).toBe(file);
    expect(readFileSync(file).readFloatLE(location!.offsetBytes)).toBe(2.5);
    expect(location!.offsetBytes + 8).toBe(readFileSync(file).length);
  });

  it('gives each read a buffer of exactly its size', () => {
    writeSafetensors(file, { a: float32Tensor([3], () => 1), b: float32Tensor([2], () => 2) });
    const bytes = tensor('b').read();
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 8]);
  });

  it.each([
    { first: -1, count: 1 },
    { first: 3, count: 2 },
    { first: 0, count: -1 },
    { first: 0.5, count: 1 },
    { first: Number.NaN, count: 1 },
  ])('refuses the rows $first, $count', (rows) => {
    writeSafetensors(file, { a: float32Tensor([4, 2], () => 1) });
    expect(() => tensor('a').read(rows)).toThrow(/a has 4 rows, asked for/u);
  });

  it('reads nothing after it was closed, and may be closed twice', () => {
    writeSafetensors(file, { a: float32Tensor([1], () => 1) });
    const each = open();
    each.close();
    each.close();
    expect(() => each.tensors.get('a')!.read()).toThrow(/is closed/u);
  });
});

describe('refuses by name', () => {
  it('a file that is not there', () => expectRefusal(/cannot be read/u));

  it('a folder in place of the file', () => {
    file = path.dirname(file);
    expectRefusal(/is not a file/u);
  });

  it('a file too short for a header', () => {
    writeFileSync(file, 'abc');
    expectRefusal(/is truncated: it has 3 bytes/u);
  });

  it('a file that ends inside its header', () => {
    writeSafetensors(file, { a: float32Tensor([4], () => 1) });
    truncateSync(file, 40);
    expectRefusal(/is truncated: it has 40 bytes, its header alone ends at \d+/u);
  });

  it('a file that ends inside its data, with the expected and the actual bytes', () => {
    writeSafetensors(file, { a: float32Tensor([4], () => 1) });
    const whole = readFileSync(file).length;
    truncateSync(file, whole - 1);
    expectRefusal(new RegExp(`is truncated: it has ${whole - 1} bytes, expected ${whole}`, 'u'));
  });

  it('a file with bytes behind its last tensor', () => {
    writeSafetensors(file, { a: float32Tensor([4], () => 1) });
    appendFileSync(file, 'x');
    expectRefusal(/is longer than its header says/u);
  });

  it('a header length beyond the bound of the format', () => {
    writeFileSync(file, '<!DOCTYPE html><html>not found</html>');
    expectRefusal(/is not a safetensors file: a header is at most 100000000 bytes, got \d+/u);
  });

  it.each([
    ['is not JSON', 'not json', /its header is not JSON/u],
    ['is not UTF-8', Buffer.from('{"\xff": 1}', 'latin1'), /its header is not JSON/u],
    ['is no object', '[1]', /its header must be a JSON object/u],
  ])('a header that %s', (_what, header, message) => {
    writeRawSafetensors(file, header, new Uint8Array(0));
    expectRefusal(message);
  });

  it.each([
    ['that is null', null],
    ['without a shape', { dtype: 'F32', data_offsets: [0, 8] }],
    ['with a negative size', { dtype: 'F32', shape: [-2], data_offsets: [0, 8] }],
    ['with a broken size', { dtype: 'F32', shape: [1.5], data_offsets: [0, 8] }],
    ['with one offset', { dtype: 'F32', shape: [2], data_offsets: [8] }],
    ['with a negative offset', { dtype: 'F32', shape: [2], data_offsets: [-8, 0] }],
    ['with an offset no number can hold', { dtype: 'F32', shape: [2], data_offsets: [0, 2 ** 60] }],
  ])('an entry %s', (_what, entry) => {
    writeEntry(entry);
    expectRefusal(/the header entry of weight must have a dtype, a shape and two data_offsets, got/u);
  });

  it.each(['F4', 'C64', 'F8_E8M0', 'toString'])('a tensor stored as %s', (dtype) => {
    writeEntry({ dtype, shape: [1], data_offsets: [0, 8] });
    expectRefusal(new RegExp(`weight is stored as ${dtype}, expected one of BF16, F16, F32`, 'u'));
  });

  it.each([
    ['too few', [0, 8], [3]],
    ['too many', [0, 8], [1]],
    ['negatively many', [8, 0], [2]],
    ['nearly endless', [0, 8], [2 ** 52, 2 ** 52, 2 ** 52]],
  ])('offsets that span %s bytes for the shape', (_what, offsets, shape) => {
    writeEntry({ dtype: 'F32', shape, data_offsets: offsets });
    expectRefusal(/weight F32 \[.*\] takes \S+ bytes, but its data_offsets span -?\d+/u);
  });

  it.each([
    ['overlap', [4, 12], 12, /b overlaps the tensor before it: it starts at byte 4 of the data, expected 8/u],
    ['leave a gap', [12, 20], 20, /b leaves a gap before it: it starts at byte 12 of the data, expected 8/u],
  ])('tensors that %s', (_what, offsets, bytes, message) => {
    const header = {
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      b: { dtype: 'F32', shape: [2], data_offsets: offsets },
    };
    writeRawSafetensors(file, JSON.stringify(header), new Uint8Array(bytes));
    expectRefusal(message);
  });

  it('a file that became shorter after it was opened', () => {
    writeSafetensors(file, { a: float32Tensor([4], () => 1) });
    const stored = tensor('a');
    truncateSync(file, 20);
    expect(() => stored.read()).toThrow(/ended at byte \d+, expected \d+/u);
  });
});
