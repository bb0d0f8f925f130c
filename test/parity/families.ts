import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withWholeConfigs, type Shape } from './shapes.js';
import { writeHashCheckpoint } from './write-checkpoint.js';

/** A checkpoint of a family: a shape, and the files that describe it as a reranker. */
export interface FamilyShape extends Shape {
  /** Whose prompt it has; a key of family_prompts.py, or a name of its own. */
  readonly prompt: string;
  /** How it is stored and says what it is; there are two shapes at least of each packing of a prompt. */
  readonly packing: string;
  /** Contents by name: texts as they are, the others as JSON. */
  readonly files: Readonly<Record<string, unknown>>;
}

export interface FamilyRequest {
  readonly query: string;
  readonly documents: readonly string[];
  readonly instruction?: string;
}

/** What shapes have in common stands once: the scales, and a file of another shape by `same as NAME`. */
interface StoredFamilies {
  readonly requests: readonly FamilyRequest[];
  readonly scales: FamilyShape['scales'];
  readonly shapes: Readonly<Record<string, Omit<FamilyShape, 'scales'>>>;
}

const stored = readJson('families.json') as StoredFamilies;

export const FAMILIES_OF_GOLDENS = {
  requests: stored.requests,
  shapes: Object.fromEntries(
    Object.entries(withWholeConfigs(stored.shapes)).map(([name, shape]) => [name, wholeShape(shape)]),
  ),
};

function wholeShape(shape: StoredFamilies['shapes'][string]): FamilyShape {
  const contents = Object.entries(shape.files).map(([name, content]) => {
    const of = typeof content === 'string' ? /^same as (?<shape>\S+)$/u.exec(content)?.groups?.['shape'] : undefined;
    return [name, of === undefined ? content : stored.shapes[of]!.files[name]];
  });
  return { ...shape, scales: stored.scales, files: Object.fromEntries(contents) as FamilyShape['files'] };
}

/** The references' raw scores of each request, by shape. */
export const FAMILY_SCORES = (
  readJson('goldens/families.json') as { shapes: Readonly<Record<string, readonly (readonly number[])[]>> }
).shapes;

export function writeFamilyCheckpoint(shape: FamilyShape, folder: string): void {
  writeHashCheckpoint(shape, folder);
  for (const [name, content] of Object.entries(shape.files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}
