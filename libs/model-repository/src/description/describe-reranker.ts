import path from 'node:path';
import type { PromptForms, PromptPart } from '#libs/tokenizer';
import type { CheckpointConfig } from '../checkpoint-config.js';
import { ModelError } from '../model-error.js';
import { labelsHead } from './classifier-labels.js';
import { FAMILIES, type Family } from './families.js';
import type { RerankerDescription, ScoreHead } from './reranker-description.js';
import { readSentenceTransformers, type SentenceTransformersFiles } from './sentence-transformers.js';
import { formsOf } from './template-forms.js';
import { optionalJson, templateFiles } from './template-file.js';

/** Something that was read, and where. */
interface Found<Value> {
  readonly value: Value;
  readonly source: string;
}

/**
 * How the reranker in a folder is asked and read: by its sentence-transformers files, its labels, a recognised template or
 * architecture, in this order; else by Qwen3-Reranker's model card. Throws ModelError on what contradicts itself or is not
 * understood.
 */
export function describeReranker(folder: string, config: CheckpointConfig): RerankerDescription {
  const files = readSentenceTransformers(folder);
  const template = foundTemplate(folder, files !== undefined);
  const head = foundHead(folder, config, files);
  const family = familyOf(folder, { config, template: template?.value, head: head?.value });
  if (family === undefined && template === undefined) throw new ModelError(noPrompt(folder, head!));
  const instruction = files?.instruction;
  return {
    ...named(family, head),
    ...asked({ template, family, instruction }, folder),
    sources: {
      prompt: sourceOf(template, family),
      score: sourceOf(head, family),
      ...(instruction !== undefined && { instruction: 'config_sentence_transformers.json' }),
    },
  };
}

function named(
  family: Family | undefined,
  head: Found<ScoreHead> | undefined,
): Pick<RerankerDescription, 'family' | 'score'> {
  const known = family ?? FAMILIES.QWEN3_RERANKER;
  return {
    family: family?.name ?? 'sentence-transformers',
    score: { head: head?.value ?? known.head, scale: family?.scale ?? 1 },
  };
}

interface Asked {
  readonly template: Found<PromptForms> | undefined;
  readonly family: Family | undefined;
  readonly instruction: string | undefined;
}

/** The prompt, and the instruction where a request brings none: a template has one of its own for that, or needs none. */
function asked(
  { template, family, instruction }: Asked,
  folder: string,
): Pick<RerankerDescription, 'prompt' | 'defaultInstruction'> {
  const prompt = promptOf(template?.value, family);
  const known = template === undefined ? family?.defaultInstruction : undefined;
  const defaultInstruction = prompt.withInstruction === undefined ? undefined : (instruction ?? known);
  requireAnyPrompt(prompt, defaultInstruction, folder);
  return defaultInstruction === undefined ? { prompt } : { prompt, defaultInstruction };
}

function sourceOf(found: Found<unknown> | undefined, family: Family = FAMILIES.QWEN3_RERANKER): string {
  return found?.source ?? `what is known of ${family.name}`;
}

/** A template that only passes roles through counts where the checkpoint says that it is a reranker. */
function foundTemplate(folder: string, isReranker: boolean): Found<PromptForms> | undefined {
  for (const file of templateFiles(folder)) {
    if (!isReranker && !/document/u.test(file.text)) continue;
    const value = formsOf(file, folder);
    if (value !== undefined) return { value, source: file.name };
  }
  return undefined;
}

function foundHead(
  folder: string,
  config: CheckpointConfig,
  files: SentenceTransformersFiles | undefined,
): Found<ScoreHead> | undefined {
  const configFile = path.join(folder, 'config.json');
  const { labels, answers } = config;
  if (labels.length > 0) {
    if (files?.head === undefined) return { value: labelsHead(labels, configFile), source: 'config.json, id2label' };
    throw new ModelError(
      `${path.join(folder, files.headFile!)} makes the score of tokens, but ${configFile} says ${config.architecture}, a ` +
        'classifier, which has no tokens to answer; take one of the two away',
    );
  }
  if (files?.head !== undefined) return { value: files.head, source: files.headFile! };
  if (answers !== undefined)
    return { value: { kind: 'tokens', ...answers }, source: 'config.json, classifier_from_token' };
  return undefined;
}

interface Signs {
  readonly config: CheckpointConfig;
  readonly template: PromptForms | undefined;
  readonly head: ScoreHead | undefined;
}

/** Undefined where the checkpoint says what it is made of and no family has it. */
function familyOf(folder: string, { config, template, head }: Signs): Family | undefined {
  if (template !== undefined) return Object.values(FAMILIES).find((family) => hasPromptOf(template, family));
  const { QWEN3_RERANKER, QWEN3_VL_RERANKER, MXBAI_RERANK, ZERANK } = FAMILIES;
  if (head?.kind === 'tokens')
    return Object.values(FAMILIES).find((family) => answersLike(folder, config, family, head)) ?? trainedAs(folder);
  if (config.isVision) return QWEN3_VL_RERANKER;
  if (config.isQwen2) return MXBAI_RERANK;
  // The first releases say it in the name of the code that they brought, and nowhere else.
  if (JSON.stringify(optionalJson(folder, 'config.json')['auto_map'] ?? '').includes('zerank')) return ZERANK;
  return QWEN3_RERANKER;
}

/** The family whose prompt a model was trained with, where ms-swift wrote it down. */
function trainedAs(folder: string): Family | undefined {
  const { template } = optionalJson(folder, 'args.json');
  return typeof template === 'string'
    ? Object.values(FAMILIES).find(({ swiftTemplate }: Family) => swiftTemplate === template)
    : undefined;
}

function hasPromptOf(template: PromptForms, family: Family): boolean {
  const templates = [template.withInstruction, template.withoutInstruction].map(textOf);
  const forms = new Set([family.prompt.withInstruction, family.prompt.withoutInstruction].map(textOf));
  return templates.some((text) => text !== undefined && forms.has(text));
}

function textOf(parts: readonly PromptPart[] | undefined): string | undefined {
  return parts?.map((part) => ('text' in part ? part.text : 'slot' in part ? `{${part.slot}}` : '')).join('');
}

/** Whether the score is made of the same tokens; which one speaks for the document, the checkpoint says. */
function answersLike(
  folder: string,
  config: CheckpointConfig,
  family: Family,
  head: ScoreHead & { kind: 'tokens' },
): boolean {
  if (config.isVision !== (family === FAMILIES.QWEN3_VL_RERANKER)) return false;
  const idOf = vocabularyOf(folder);
  const idsOf = ({ positive, negative }: ScoreHead & { kind: 'tokens' }) =>
    new Set([positive, negative].map((answer) => (typeof answer === 'string' ? idOf(answer) : answer)));
  const [found, expected] = [idsOf(head), idsOf(family.head)];
  return found.size === expected.size && [...found].every((id) => expected.has(id));
}

function vocabularyOf(folder: string): (word: string) => number | undefined {
  const { model } = optionalJson(folder, 'tokenizer.json') as { model?: { vocab?: Record<string, number> } };
  return (word) => model?.vocab?.[word];
}

/** The file's template; what it has no place for, an instruction, as the family advises. */
function promptOf(template: PromptForms | undefined, family: Family | undefined): PromptForms {
  if (template === undefined) return family!.prompt;
  const { withInstruction } = family?.prompt ?? {};
  return { ...(withInstruction !== undefined && { withInstruction }), ...template };
}

function requireAnyPrompt(prompt: PromptForms, defaultInstruction: string | undefined, folder: string): void {
  if (prompt.withoutInstruction !== undefined || defaultInstruction !== undefined) return;
  throw new ModelError(
    `${folder}: the chat template needs an instruction (a message of the role system), and config_sentence_transformers.json ` +
      'names none by default_prompt_name; add one there',
  );
}

function noPrompt(folder: string, { source }: Found<ScoreHead>): string {
  return (
    `${folder}: ${source} says which tokens make the score, but no file says how the model is asked; expected chat_template.jinja ` +
    'to render messages of the roles query and document (and system, for an instruction). Save the model with ' +
    'sentence-transformers 5.4 or newer, or add the template it was trained with'
  );
}
