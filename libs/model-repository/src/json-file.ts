import { readFileSync, statSync } from 'node:fs';
import { ModelError } from './model-error.js';
import { unreadable } from './unreadable.js';

export type Json = Readonly<Record<string, unknown>>;

/** The JSON object in a file; throws ModelError on a file that cannot be read or holds anything else. */
export function readJsonObject(file: string): Json {
  const value = readJson(file, 'a JSON object');
  if (isObject(value)) return value;
  throw new ModelError(`${file} must hold a JSON object, got ${Array.isArray(value) ? 'an array' : typeof value}`);
}

/** Any JSON value. */
export function readJson(file: string, expected = 'JSON'): unknown {
  const text = readTextFile(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fault = text.startsWith('\uFEFF') ? ' (it begins with a byte order mark)' : '';
    throw new ModelError(`${file} must hold ${expected}, but it is not JSON${fault}; download it again`, { cause });
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const POINTER = 'version https://git-lfs';

/** Throws ModelError where a file holds the place of its content, as a clone without Git LFS leaves it. */
export function requireNoPointer(file: string, start: string): void {
  if (!start.startsWith(POINTER)) return;
  throw new ModelError(
    `${file} is a pointer of Git LFS and not the file itself; run \`git lfs pull\` in its repository, or download it`,
  );
}

/** Throws ModelError on what is no file that can be read. */
export function readTextFile(file: string): string {
  try {
    // A pipe under this name would be waited for.
    if (!statSync(file).isFile()) throw new ModelError(`${file} is not a file; take it away, or put the file there`);
    const text = readFileSync(file, 'utf8');
    requireNoPointer(file, text);
    return text;
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError(unreadable(file, cause), { cause });
  }
}
