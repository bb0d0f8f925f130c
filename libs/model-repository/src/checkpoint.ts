import path from 'node:path';
import type { StoredTensor } from '#libs/tensor';
import { byCanonicalName } from './tensor-names.js';
import { requireFloats, type FileTensor, type FileTensors, type Tensors } from './file-tensor.js';
import { listed } from './shown.js';
import { ModelError } from './model-error.js';
import { DTYPE_BYTES, elementCount, type FileDtype } from './safetensors-header.js';
import { SafetensorsFile } from './safetensors.js';
import { INDEX_FILE, weightFiles, type WeightFiles } from './weight-files.js';

/** What stands between the tensors as they are stored and those of the model. */
export interface TensorChanges {
  apply(tensors: FileTensors): Tensors;
  close(): void;
}

/** The tensors of a model folder by their names in transformers, in one file or in shards; files stay open until `close`. */
export class Checkpoint {
  readonly parameterCount: number;
  /** Of all tensors, as they are read. */
  readonly bytes: number;

  private constructor(
    readonly folder: string,
    private readonly files: readonly { close(): void }[],
    private readonly byName: ReadonlyMap<string, StoredTensor>,
    /** What most of its numbers are stored as. */
    readonly storedDtype: FileDtype,
  ) {
    const tensors = [...byName.values()];
    this.parameterCount = tensors.reduce((total, { shape }) => total + elementCount(shape), 0);
    this.bytes = tensors.reduce((total, { shape, dtype }) => total + elementCount(shape) * DTYPE_BYTES[dtype], 0);
  }

  /**
   * Reads the headers only. Throws ModelError on a missing, broken or truncated file.
   * @param changes What is made of the tensors, and is closed with them.
   */
  static open(folder: string, changes?: TensorChanges): Checkpoint {
    const weights = weightFiles(folder);
    const files = new Map<string, SafetensorsFile>();
    try {
      for (const name of weights.names) files.set(name, new SafetensorsFile(path.join(folder, name)));
      const tensors = byCanonicalName(tensorsByName(folder, weights, files), folder);
      const changed = changes?.apply(tensors) ?? requireFloats(tensors);
      const toClose = [...files.values(), ...(changes === undefined ? [] : [changes])];
      return new Checkpoint(folder, toClose, changed, commonDtype(tensors));
    } catch (error) {
      for (const file of files.values()) file.close();
      changes?.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  names(): readonly string[] {
    return [...this.byName.keys()];
  }

  /** The tensor's bytes stay on disk until they are read. Throws ModelError on a name it does not have. */
  tensor(name: string): StoredTensor {
    const tensor = this.byName.get(name);
    if (tensor === undefined) throw new ModelError(`${this.folder} has no tensor ${name}`);
    return tensor;
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

function commonDtype(tensors: FileTensors): FileDtype {
  const counts = new Map<FileDtype, number>();
  for (const { dtype, shape } of tensors.values()) counts.set(dtype, (counts.get(dtype) ?? 0) + elementCount(shape));
  const [most] = [...counts].toSorted(([, one], [, other]) => other - one);
  return most?.[0] ?? 'float32';
}

/** In shards, the index says which file a tensor is read from. */
function tensorsByName(
  folder: string,
  { index }: WeightFiles,
  files: ReadonlyMap<string, SafetensorsFile>,
): FileTensors {
  if (index === undefined) return [...files.values()][0]!.tensors;
  const absent: string[] = [];
  const byName = new Map<string, FileTensor>();
  for (const [name, file] of index) {
    const tensor = files.get(file)!.tensors.get(name);
    if (tensor === undefined) absent.push(`${name} is not in ${file}`);
    else byName.set(name, tensor);
  }
  if (absent.length === 0) return byName;
  throw new ModelError(`${folder}: ${INDEX_FILE} does not fit its shards: ${listed(absent)}`);
}
