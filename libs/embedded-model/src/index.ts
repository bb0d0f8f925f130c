import { existsSync } from 'node:fs';
import path from 'node:path';

/** Folder of the checkpoint that ships with the server. Found from here upwards: weights are not copied to dist/. */
export const embeddedModelFolder: string = find(import.meta.dirname);

function find(from: string): string {
  const folder = path.join(from, 'libs/embedded-model');
  if (existsSync(path.join(folder, 'config.json'))) return folder;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('libs/embedded-model/config.json is missing: the checkout is incomplete');
  return find(parent);
}
