import { TokenizerError } from './errors.js';
import type { AddedToken, TokenizerFile } from './tokenizer-file.js';

/** The fixed texts of a prompt, trusted: control tokens in them become control ids. */
export interface PromptFrame {
  readonly prefix: string;
  readonly suffix: string;
  /** Every control token that prefix and suffix contain. */
  readonly controlTokens: readonly string[];
  /** The answers whose logits are compared: bare words of one token each. */
  readonly yes: string;
  readonly no: string;
  /** Samples of the places where the prompt is cut: both sides tokenised apart must equal the whole. */
  readonly cuts: readonly (readonly [left: string, right: string])[];
}

/** The ids of a prompt frame in one checkpoint's tokenizer. */
export interface PromptConstants {
  readonly prefixIds: Int32Array;
  readonly suffixIds: Int32Array;
  readonly yesId: number;
  readonly noId: number;
  /** Largest id + 1: the rows that an embedding table needs. */
  readonly vocabularySize: number;
}

/** Ids of one plain text. */
export type EncodePlain = (text: string) => Promise<readonly number[]>;

/** Derives the ids of a frame; throws TokenizerError where the tokenizer is not made for that prompt. */
export async function derivePromptConstants(
  file: TokenizerFile,
  encode: EncodePlain,
  frame: PromptFrame,
): Promise<PromptConstants> {
  const controls = new Map<string, number>();
  for (const text of frame.controlTokens) controls.set(text, await controlId(text, file, encode));
  for (const cut of frame.cuts) await checkCut(cut, file, encode);
  return {
    prefixIds: await encodeTrusted(frame.prefix, controls, encode),
    suffixIds: await encodeTrusted(frame.suffix, controls, encode),
    yesId: await answerId(frame.yes, file, encode),
    noId: await answerId(frame.no, file, encode),
    vocabularySize: file.vocabularySize,
  };
}

async function controlId(text: string, file: TokenizerFile, encode: EncodePlain): Promise<number> {
  const token = file.addedTokens.get(text);
  if (token === undefined) {
    throw new TokenizerError(
      `${file.path} lacks the control token ${text}; expected the tokenizer of a Qwen3 checkpoint`,
    );
  }
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

async function answerId(word: string, file: TokenizerFile, encode: EncodePlain): Promise<number> {
  const ids = await encode(word);
  if (ids.length !== 1) {
    throw new TokenizerError(
      `${file.path} splits "${word}" into ${ids.length} tokens; expected one, because its logit is the answer`,
    );
  }
  return ids[0]!;
}

/** Control tokens are hard cuts, so the plain text between them is tokenised by itself. */
async function encodeTrusted(
  text: string,
  controls: ReadonlyMap<string, number>,
  encode: EncodePlain,
): Promise<Int32Array> {
  const ids: number[] = [];
  for (const part of text.split(anyOf([...controls.keys()]))) {
    const control = controls.get(part);
    ids.push(...(control === undefined ? await encode(part) : [control]));
  }
  return Int32Array.from(ids);
}

/** The capture group makes `split` keep what it splits at. */
function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(`(${texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|')})`);
}

async function checkCut([left, right]: readonly [string, string], file: TokenizerFile, encode: EncodePlain) {
  const parts = [...(await encode(left)), ...(await encode(right))];
  if (parts.join() === (await encode(left + right)).join()) return;
  throw new TokenizerError(
    `${file.path} joins tokens across ${JSON.stringify(left)} | ${JSON.stringify(right)}, where the prompt is cut; ` +
      'expected a pre-tokenizer that splits there, as Qwen3 does',
  );
}
