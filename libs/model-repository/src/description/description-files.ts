import { existsSync } from 'node:fs';
import path from 'node:path';
import { isObject, readJson } from '../json-file.js';

/** The files beside model and tokenizer in which a checkpoint may describe itself as a reranker. */
export const DESCRIPTION_FILES = [
  'modules.json',
  'config_sentence_transformers.json',
  'sentence_bert_config.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'chat_template.json',
  'args.json',
  'additional_chat_templates/reranker.jinja',
] as const;

/** Those that modules.json names, relative to the folder. */
export function moduleFiles(folder: string): string[] {
  const file = path.join(folder, 'modules.json');
  const modules = existsSync(file) ? readJson(file) : [];
  if (!Array.isArray(modules)) return [];
  return modules.flatMap((entry: unknown) => {
    const place = isObject(entry) ? entry['path'] : undefined;
    // One folder deep, as sentence-transformers writes them: any other path could lead out of the model's folder.
    return typeof place === 'string' && /^[\w-]+$/u.test(place) ? [`${place}/config.json`] : [];
  });
}
