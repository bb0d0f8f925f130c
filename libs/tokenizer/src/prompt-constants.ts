import { compileForms, type CompiledForms, type PromptTokens } from './compiled-prompt.js';
import { TokenizerError } from './errors.js';
import type { AnswerToken, PromptFrame } from './prompt-parts.js';
import type { AddedToken, TokenizerFile } from './tokenizer-file.js';

/** What a prompt frame is in one checkpoint's tokenizer. */
export interface PromptConstants {
  readonly forms: CompiledForms;
  /** Ids of the answers; absent where the score is not made of tokens. */
  readonly positiveId?: number;
  readonly negativeId?: number;
  /** Largest id of a prompt + 1: the rows that an embedding table needs. */
  readonly vocabularySize: number;
}

/** Ids of one plain text. */
export type EncodePlain = (text: string) => Promise<readonly number[]>;

/** Derives the ids of a frame; throws TokenizerError where the tokenizer is not made for that prompt. */
export async function derivePromptConstants(
  file: TokenizerFile,
  encode: EncodePlain,
  { forms, answers }: PromptFrame,
): Promise<PromptConstants> {
  for (const part of [...(forms.withInstruction ?? []), ...(forms.withoutInstruction ?? [])]) {
    if ('text' in part) requireKnownControls(part.text, file);
  }
  const tokens = promptTokens(file, encode);
  return {
    forms: await compileForms(forms, tokens),
    ...(answers !== undefined && { positiveId: await answerId(answers.positive, file, encode) }),
    ...(answers?.negative !== undefined && { negativeId: await answerId(answers.negative, file, encode) }),
    vocabularySize: Math.max(file.vocabularySize, ...tokens.used.map((id) => id + 1)),
  };
}

function promptTokens(file: TokenizerFile, plain: EncodePlain): PromptTokens & { readonly used: readonly number[] } {
  const { path, addedTokens } = file;
  const used: number[] = [];
  const control = async (text: string): Promise<number> => {
    const id = await controlId(text, file, plain);
    used.push(id);
    return id;
  };
  return { path, plain, controls: [...addedTokens.keys()], control, used };
}

/** What looks like one of Qwen's control tokens in a prompt must be one: as plain text it would be another prompt. */
function requireKnownControls(text: string, file: TokenizerFile): void {
  for (const [control] of text.matchAll(/<\|[a-z_]+\|>|<\/?think>/gu)) {
    if (file.addedTokens.has(control)) continue;
    throw new TokenizerError(
      `${file.path} lacks the control token ${control}; expected the tokenizer of a Qwen3 checkpoint`,
    );
  }
}

async function controlId(text: string, file: TokenizerFile, encode: EncodePlain): Promise<number> {
  const token = file.addedTokens.get(text)!;
  if (matchesLoosely(token)) {
    throw new TokenizerError(
      `${file.path} gives ${text} one of lstrip, rstrip, single_word; expected none, as in Qwen3's tokenizer`,
    );
  }
  // A model that merges the text by itself would let a document close the user's turn.
  if ((await encode(text)).includes(token.id)) {
    throw new TokenizerError(`${file.path} makes ${text} in a document a control token; expected plain text`);
  }
  return token.id;
}

function matchesLoosely(token: AddedToken): boolean {
  return [token.lstrip, token.rstrip, token.single_word].includes(true);
}

async function answerId(answer: AnswerToken, file: TokenizerFile, encode: EncodePlain): Promise<number> {
  if (typeof answer === 'number') return answer;
  const added = file.addedTokens.get(answer);
  if (added !== undefined) return added.id;
  const ids = await encode(answer);
  if (ids.length !== 1) {
    throw new TokenizerError(
      `${file.path} splits "${answer}" into ${ids.length} tokens; expected one, because its logit is the answer`,
    );
  }
  return ids[0]!;
}
