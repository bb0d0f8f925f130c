import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '../support/write-safetensors.js';
import { hashWeights } from './hash-weights.js';
import { loadShapes } from './shapes.js';
import { writeHashCheckpoint } from './write-checkpoint.js';

/** An adapter as PEFT saved it, and what PEFT scores with it for each request of families.json. */
export interface GoldenAdapter {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly scores: readonly (readonly number[])[];
}

export const ADAPTERS = (readJson('goldens/adapters.json') as { adapters: Readonly<Record<string, GoldenAdapter>> })
  .adapters;
const BASES = (readJson('adapters.json') as { adapters: Readonly<Record<string, { base: string }>> }).adapters;

/** The model that the adapter was trained on. */
export function writeBase(name: string, folder: string): void {
  writeHashCheckpoint(loadShapes()[BASES[name]!.base]!, folder);
}

/** The adapter; `values` are those of a tensor, hashed from its name unless they are changed. */
export function writeAdapter(
  { config, tensors }: GoldenAdapter,
  folder: string,
  values: (name: string, shape: readonly number[]) => Float32Array = adapterValues,
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify(config));
  const written = Object.entries(tensors).map(([name, shape]) => {
    const floats = values(name, shape);
    return [name, { dtype: 'F32', shape, bytes: new Uint8Array(floats.buffer) }] as const;
  });
  writeSafetensors(path.join(folder, 'adapter_model.safetensors'), Object.fromEntries(written));
}

/** The same values as make_adapter_goldens.py fills in. */
export function adapterValues(name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return hashWeights(name, count, { scale: name.includes('.lora_') ? 0.5 : 1.25, offset: 0 });
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}
