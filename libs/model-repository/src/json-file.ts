import { readFileSync } from 'node:fs';
import { ModelError } from './model-error.js';

export type Json = Readonly<Record<string, unknown>>;

/** The JSON object in a file; throws ModelError on a file that cannot be read or holds anything else. */
export function readJsonObject(file: string): Json {
  const text = readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ModelError(`${file} must hold a JSON object, but it is not JSON`, { cause });
  }
  if (isObject(value)) return value;
  throw new ModelError(`${file} must hold a JSON object, got ${Array.isArray(value) ? 'an array' : typeof value}`);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ModelError(`${file} cannot be read; a model folder must hold it`, { cause });
  }
}
