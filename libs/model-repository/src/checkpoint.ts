import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ModelError } from './model-error.js';
import { SafetensorsFile, type FileTensor } from './safetensors.js';

export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** The tensors of a model folder, in one file or in shards. */
export class Checkpoint {
  private readonly byName: ReadonlyMap<string, FileTensor>;

  private constructor(
    readonly folder: string,
    private readonly files: readonly SafetensorsFile[],
  ) {
    this.byName = new Map(files.flatMap(({ tensors }) => tensors.map((tensor) => [tensor.name, tensor] as const)));
  }

  static open(folder: string): Checkpoint {
    const files: SafetensorsFile[] = [];
    try {
      for (const name of weightFiles(folder)) files.push(new SafetensorsFile(path.join(folder, name)));
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
    return new Checkpoint(folder, files);
  }

  get parameterCount(): number {
    return [...this.byName.values()].reduce((total, { elements }) => total + elements, 0);
  }

  find(name: string): FileTensor | undefined {
    return this.byName.get(name);
  }

  tensor(name: string): FileTensor {
    const tensor = this.byName.get(name);
    if (tensor === undefined) throw new ModelError(`${this.folder} has no tensor ${name}`);
    return tensor;
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

function weightFiles(folder: string): readonly string[] {
  const index = path.join(folder, INDEX_FILE);
  if (!existsSync(index)) return [WEIGHTS_FILE];
  try {
    const { weight_map: map } = JSON.parse(readFileSync(index, 'utf8')) as { weight_map: Record<string, string> };
    return [...new Set(Object.values(map))].toSorted();
  } catch (cause) {
    throw new ModelError(`${index} must hold a JSON object with a weight_map`, { cause });
  }
}
