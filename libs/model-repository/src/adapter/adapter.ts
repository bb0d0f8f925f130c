import path from 'node:path';
import { toFloat32, type StoredTensor } from '#libs/tensor';
import { requireFloats, type Tensors } from '../file-tensor.js';
import type { CheckpointConfig } from '../checkpoint-config.js';
import { ModelError } from '../model-error.js';
import { SafetensorsFile } from '../safetensors.js';
import { canonicalName, CLASSIFIER, EMBEDDING, LM_HEAD } from '../tensor-names.js';
import { ADAPTER_WEIGHTS } from '../weight-files.js';
import { readAdapterConfig, type AdapterConfig } from './adapter-config.js';
import { adapterModules, type AdapterModule } from './adapter-tensors.js';
import { withLowRank, type LowRank } from './low-rank.js';

/** A LoRA adapter as PEFT saves it, held open; its weights are added while those of the base model are read. */
export class Adapter {
  private constructor(
    private readonly file: SafetensorsFile,
    private readonly config: AdapterConfig,
    private readonly modules: ReadonlyMap<string, AdapterModule>,
  ) {}

  /** Throws ModelError on an adapter that is broken or of a kind that is not merged. */
  static open(folder: string): Adapter {
    const config = readAdapterConfig(folder);
    const file = new SafetensorsFile(path.join(folder, ADAPTER_WEIGHTS));
    try {
      const modules = adapterModules(requireFloats(file.tensors), file.path);
      if (modules.size === 0) throw new ModelError(`${file.path} holds no tensor; expected those of a LoRA adapter`);
      return new Adapter(file, config, modules);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  close(): void {
    this.file.close();
  }

  /** The base model's configuration as the adapter makes it: a head of its own, or another vocabulary. */
  configOf(config: CheckpointConfig): CheckpointConfig {
    const rows = this.whole(EMBEDDING)?.shape[0];
    const untied = this.unties(config) && { tieWordEmbeddings: false };
    const changed = { ...config, ...untied, ...(rows !== undefined && { vocabularySize: rows }) };
    const head = this.whole(CLASSIFIER);
    if (head === undefined || config.labels.length > 0) return changed;
    const labels = Array.from({ length: head.shape[0]! }, (_, row) => `LABEL_${row}`);
    if (labels.length > 2) {
      throw new ModelError(
        `${this.file.path}: score.weight must have one row or two (no and yes), got ${labels.length}`,
      );
    }
    const architecture = config.isQwen2 ? 'Qwen2ForSequenceClassification' : 'Qwen3ForSequenceClassification';
    return { ...changed, architecture, labels, answers: undefined };
  }

  /** The base model's tensors with what the adapter changes. Throws ModelError on a module that does not fit. */
  mergedInto(tensors: Tensors, base: CheckpointConfig): Tensors {
    const merged = new Map(tensors);
    if (this.unties(base)) merged.set(LM_HEAD, this.tiedHead(tensors));
    for (const [module, parts] of this.modules) {
      const name = canonicalName(`${module}.weight`);
      const stored = merged.get(name);
      const whole = parts.whole ?? stored;
      // A head may be new.
      if (whole === undefined || (stored === undefined && ![CLASSIFIER, LM_HEAD].includes(name))) {
        throw new ModelError(
          `${this.file.path}: ${module} must be a module of the base model, which has no ${name}; the adapter belongs to another one`,
        );
      }
      merged.set(name, parts.a === undefined && parts.b === undefined ? whole : this.changed(module, whole, parts));
    }
    return merged;
  }

  /** PEFT trains the embedding or the head of a tied pair alone: the other one stays what it was. */
  private tiedHead(tensors: Tensors): StoredTensor {
    for (const [module, { a, whole }] of this.modules) {
      if (a !== undefined && whole !== undefined && canonicalName(`${module}.weight`) === EMBEDDING) return whole;
    }
    return tensors.get(EMBEDDING)!;
  }

  private unties({ tieWordEmbeddings, labels }: CheckpointConfig): boolean {
    return tieWordEmbeddings && labels.length === 0 && !this.config.keepsTied && this.trains(EMBEDDING, LM_HEAD);
  }

  /** Not one that was only saved, because the vocabulary changed. */
  private trains(...names: readonly string[]): boolean {
    return [...this.modules].some(([module, { a, b }]) => {
      const isTrained =
        a !== undefined || b !== undefined || this.config.savedModules.includes(module.split('.').at(-1)!);
      return isTrained && names.includes(canonicalName(`${module}.weight`));
    });
  }

  private whole(name: string): StoredTensor | undefined {
    for (const [module, { whole }] of this.modules) if (canonicalName(`${module}.weight`) === name) return whole;
    return undefined;
  }

  private changed(module: string, stored: StoredTensor, { a, b, isEmbedding = false }: AdapterModule): StoredTensor {
    if (a === undefined || b === undefined) {
      throw new ModelError(
        `${this.file.path}: ${module} must have both lora_A and lora_B, one is missing; save the adapter again`,
      );
    }
    const rank = this.config.rankOf(module);
    const [rows, columns] = stored.shape;
    const [left, right] = isEmbedding ? [a.shape.toReversed(), b.shape.toReversed()] : [b.shape, a.shape];
    if (left.join() !== [rows, rank].join() || right.join() !== [rank, columns].join()) {
      throw new ModelError(
        `${this.file.path}: lora_B · lora_A of ${module} must be [${rows}, ${rank}] · [${rank}, ${columns}], ` +
          `got [${left.join(', ')}] · [${right.join(', ')}]; the adapter belongs to another model, or r in its config is another one`,
      );
    }
    const added = { rank, factor: this.config.factorOf(module), ...(isEmbedding ? turned(a, b) : plain(a, b)) };
    return withLowRank(stored, added);
  }
}

function plain(a: StoredTensor, b: StoredTensor): Pick<LowRank, 'left' | 'right'> {
  return { left: (first, count) => floats(b, { first, count }), right: () => floats(a) };
}

/** An embedding's A is [R, V] and its B [H, R]; both are kept once read, for single rows of it may be asked for. */
function turned(a: StoredTensor, b: StoredTensor): Pick<LowRank, 'left' | 'right'> {
  const left = lazily(() => transposed(a));
  const right = lazily(() => transposed(b));
  const rank = a.shape[0]!;
  return { left: (first, count) => left().subarray(first * rank, (first + count) * rank), right };
}

function lazily<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

function transposed(stored: StoredTensor): Float32Array {
  const [rows, columns] = stored.shape as [number, number];
  const values = floats(stored);
  return Float32Array.from(values, (_, index) => values[(index % rows) * columns + Math.floor(index / rows)]!);
}

function floats(stored: StoredTensor, rows?: Parameters<StoredTensor['read']>[0]): Float32Array {
  return toFloat32(stored.read(rows), stored.dtype);
}
