import type { StoredTensor } from '#libs/tensor';
import { ModelError } from '../model-error.js';

/** Tensors of an adapter's file, by the module that they change, such as `model.layers.0.mlp.down_proj`. */
export interface AdapterModule {
  /** [R, K] */
  a?: StoredTensor;
  /** [N, R] */
  b?: StoredTensor;
  /** An embedding's are the other way round: A [R, V], B [H, R]. */
  isEmbedding?: boolean;
  /** Stands in the place of the base model's weight: trained whole, or changed with the vocabulary. */
  whole?: StoredTensor;
}

const WRAPPER = /^(?:base_model\.model\.)+/u;
/** PEFT leaves the adapter's own name out; copies of a state have it. */
const LINEAR = /^(?<module>.+)\.lora_(?<side>[AB])(?:\.\w+)?\.weight$/u;
const EMBEDDING = /^(?<module>.+)\.lora_embedding_(?<side>[AB])(?:\.\w+)?$/u;
const WHOLE = /^(?<module>.+?)(?:\.base_layer|\.modules_to_save(?:\.\w+)?)?\.weight$/u;

/** Throws ModelError that names a tensor which is no part of a plain LoRA adapter. */
export function adapterModules(tensors: ReadonlyMap<string, StoredTensor>, file: string): Map<string, AdapterModule> {
  const modules = new Map<string, AdapterModule>();
  for (const [name, tensor] of tensors) {
    const inner = name.replace(WRAPPER, '');
    const embedding = EMBEDDING.exec(inner)?.groups;
    const { module: key, side } = embedding ?? linearOrWhole(inner);
    if (key === undefined) throw new ModelError(foreign(file, name));
    const module = modules.get(key) ?? {};
    modules.set(key, module);
    Object.assign(module, side === undefined ? { whole: tensor } : { [side.toLowerCase()]: tensor });
    if (embedding !== undefined) module.isEmbedding = true;
  }
  return modules;
}

function linearOrWhole(name: string): Partial<Record<string, string>> {
  const pattern = name.includes('lora_') ? LINEAR : WHOLE;
  return pattern.exec(name)?.groups ?? {};
}

function foreign(file: string, name: string): string {
  return (
    `${file}: ${name} must be a part of a LoRA adapter (lora_A, lora_B, or a weight that was trained whole); ` +
    'merge the adapter with the software it was trained with'
  );
}
