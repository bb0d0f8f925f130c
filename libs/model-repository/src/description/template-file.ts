import { existsSync } from 'node:fs';
import path from 'node:path';
import { isObject, readJsonObject, readTextFile, type Json } from '../json-file.js';

/** A chat template and what it is rendered with. */
export interface TemplateFile {
  /** For messages: relative to the folder. */
  readonly name: string;
  readonly text: string;
  readonly variables: Json;
  /** Contents are lists of typed parts, not plain texts. */
  readonly structured: boolean;
}

const RERANKER_TEMPLATE = 'reranker';

/** The templates of a folder in the order in which sentence-transformers would look for the one of a reranker. */
export function templateFiles(folder: string): TemplateFile[] {
  const settings = optionalJson(folder, 'sentence_bert_config.json');
  const { chat_template: chosen, ...variables } = chatTemplateSettings(settings);
  const tokens = specialTokens(folder);
  return [...chosenTemplates(folder, chosen), ...namedTemplates(folder)].map(({ name, text }) => ({
    name,
    text,
    variables: { ...tokens, ...variables },
    structured: isStructured(settings, text),
  }));
}

interface Named {
  readonly name: string;
  readonly text: string;
}

function chosenTemplates(folder: string, chosen: unknown): Named[] {
  if (typeof chosen !== 'string') return [];
  if (chosen.includes('{')) return [{ name: 'sentence_bert_config.json', text: chosen }];
  return [
    ...optionalText(folder, `additional_chat_templates/${path.basename(chosen)}.jinja`),
    ...tokenizerTemplates(folder).filter(({ name }) => name.endsWith(`[${chosen}]`)),
  ];
}

function namedTemplates(folder: string): Named[] {
  const ofProcessor = optionalJson(folder, 'chat_template.json')['chat_template'];
  return [
    ...optionalText(folder, `additional_chat_templates/${RERANKER_TEMPLATE}.jinja`),
    ...optionalText(folder, 'chat_template.jinja'),
    ...(typeof ofProcessor === 'string' ? [{ name: 'chat_template.json', text: ofProcessor }] : []),
    ...tokenizerTemplates(folder),
  ];
}

/** transformers 4 keeps templates in tokenizer_config.json: one, or several with names. */
function tokenizerTemplates(folder: string): Named[] {
  const found = optionalJson(folder, 'tokenizer_config.json')['chat_template'];
  if (typeof found === 'string') return [{ name: 'tokenizer_config.json', text: found }];
  if (!Array.isArray(found)) return [];
  return found.flatMap((entry: unknown) => {
    const { name, template } = isObject(entry) ? entry : {};
    if (typeof name !== 'string' || typeof template !== 'string') return [];
    return [{ name: `tokenizer_config.json[${name}]`, text: template }];
  });
}

function chatTemplateSettings(settings: Json): Json {
  const { processing_kwargs: processing } = settings;
  const found = isObject(processing) ? processing['chat_template'] : undefined;
  return isObject(found) ? found : {};
}

/** As sentence-transformers decides: it says so, or the template reads typed parts. */
function isStructured(settings: Json, text: string): boolean {
  const { modality_config: modalities } = settings;
  const message = isObject(modalities) ? modalities['message'] : undefined;
  const format = isObject(message) ? message['format'] : undefined;
  if (format === 'structured' || format === 'flat') return format === 'structured';
  return ['content[0]', '.type', "'type'", '"type"', 'item.type', 'message.content['].some((sign) =>
    text.includes(sign),
  );
}

function specialTokens(folder: string): Json {
  const config = optionalJson(folder, 'tokenizer_config.json');
  const tokens = ['bos_token', 'eos_token', 'pad_token', 'unk_token'].flatMap((name) => {
    const token = isObject(config[name]) ? config[name]['content'] : config[name];
    return typeof token === 'string' ? [[name, token] as const] : [];
  });
  return Object.fromEntries(tokens);
}

function optionalText(folder: string, name: string): Named[] {
  const file = path.join(folder, name);
  return existsSync(file) ? [{ name, text: readTextFile(file) }] : [];
}

export function optionalJson(folder: string, name: string): Json {
  const file = path.join(folder, name);
  return existsSync(file) ? readJsonObject(file) : {};
}
