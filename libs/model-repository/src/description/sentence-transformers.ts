import { existsSync } from 'node:fs';
import path from 'node:path';
import { isObject, readJson } from '../json-file.js';
import { ModelError } from '../model-error.js';
import { shown } from '../shown.js';
import type { ScoreHead } from './reranker-description.js';
import { optionalJson } from './template-file.js';

/** What sentence-transformers (5.4 and newer) wrote down of a reranker. */
export interface SentenceTransformersFiles {
  /** Absent: the score is that of a classifier in the model itself. */
  readonly head?: ScoreHead & { readonly kind: 'tokens' };
  /** For messages: the file that says it. */
  readonly headFile?: string;
  readonly instruction?: string;
}

const MODULES = 'modules.json';
const SETTINGS = 'config_sentence_transformers.json';
const EXPECTED = 'a Transformer, and a LogitScore behind it where the model is a causal one';

/** Undefined for a folder without modules.json. Throws ModelError on modules that make no reranker, or another score. */
export function readSentenceTransformers(folder: string): SentenceTransformersFiles | undefined {
  const file = path.join(folder, MODULES);
  if (!existsSync(file)) return undefined;
  const modules = modulesOf(file);
  const kinds = modules.map(({ type }) => type.split('.').at(-1)!);
  if (kinds[0] !== 'Transformer' || kinds.length > 2 || (kinds.length === 2 && kinds[1] !== 'LogitScore')) {
    throw new ModelError(`${file} must list ${EXPECTED}, got ${kinds.join(', ')}${embedding(kinds)}`);
  }
  if (modules[0]!.path !== '') {
    throw new ModelError(
      `${file}: the path of the Transformer must be "", got ${shown(modules[0]!.path)}; set MODEL_NAME to that folder inside ` +
        'and copy the other files beside its config.json',
    );
  }
  requireKnownActivation(folder);
  const instruction = instructionOf(folder);
  const score = modules[1];
  return {
    ...(score !== undefined && logitScore(folder, score.path)),
    ...(instruction !== undefined && { instruction }),
  };
}

interface Module {
  readonly path: string;
  readonly type: string;
}

function modulesOf(file: string): Module[] {
  const list = readJson(file);
  if (!Array.isArray(list)) throw new ModelError(`${file} must be a list of modules, got ${shown(list)}`);
  return list.map((entry: unknown) => {
    const { path: place, type } = isObject(entry) ? entry : {};
    if (typeof place === 'string' && typeof type === 'string') return { path: place, type };
    throw new ModelError(`${file}: every module must have a path and a type, got ${shown(entry)}`);
  });
}

function embedding(kinds: readonly string[]): string {
  return kinds.includes('Pooling')
    ? '. That is an embedding model, or a head this server does not read: it serves rerankers'
    : '';
}

function logitScore(folder: string, place: string) {
  const headFile = path.join(path.basename(place), 'config.json');
  const file = path.join(folder, headFile);
  const { true_token_id: positive, false_token_id: negative = null } = optionalJson(folder, headFile);
  if (!isTokenId(positive))
    throw new ModelError(`${file}: true_token_id must be the id of a token, got ${shown(positive)}`);
  if (negative !== null && !isTokenId(negative)) {
    throw new ModelError(`${file}: false_token_id must be the id of a token or null, got ${shown(negative)}`);
  }
  if (negative === positive) {
    throw new ModelError(`${file}: true_token_id and false_token_id are both ${positive}; a score needs two answers`);
  }
  return { head: { kind: 'tokens', positive, ...(negative !== null && { negative }) } as const, headFile };
}

function isTokenId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The activation decides what its own `predict` answers; ours answers a probability and, where asked, the raw score. */
function requireKnownActivation(folder: string): void {
  const name = optionalJson(folder, SETTINGS)['activation_fn'] ?? undefined;
  if (
    name === undefined ||
    (typeof name === 'string' && /^torch\.nn\.modules\.(linear\.Identity|activation\.Sigmoid)$/u.test(name))
  )
    return;
  throw new ModelError(
    `${path.join(folder, SETTINGS)}: activation_fn must be torch.nn.modules.linear.Identity or torch.nn.modules.activation.Sigmoid ` +
      `(others change what a score means), got ${shown(name)}`,
  );
}

function instructionOf(folder: string): string | undefined {
  const { default_prompt_name: name = null, prompts } = optionalJson(folder, SETTINGS);
  if (name === null) return undefined;
  const prompt = isObject(prompts) && typeof name === 'string' ? prompts[name] : undefined;
  if (typeof prompt === 'string') return prompt === '' ? undefined : prompt;
  throw new ModelError(
    `${path.join(folder, SETTINGS)}: default_prompt_name must be one of the prompts (${shown(Object.keys(isObject(prompts) ? prompts : {}))}), got ${shown(name)}`,
  );
}
