import { TokenizerError } from './errors.js';
import type { PromptForms, PromptPart } from './prompt-parts.js';
import { cutIntoUnits, slotsOf, type Cut, type PromptUnit, type RawUnit } from './prompt-units.js';

/** A prompt in one checkpoint's tokens, in its order: head, query, document, tail. */
export interface CompiledPrompt {
  /** What neither query nor document changes; may hold the instruction. */
  readonly head: readonly PromptUnit[];
  /** From the query to the document; empty where the document comes first. */
  readonly query: readonly PromptUnit[];
  readonly document: DocumentUnit;
  /** What follows the document; holds the query where the document comes first. */
  readonly tail: readonly PromptUnit[];
}

/** The document with the fixed text that is tokenised with it. */
export interface DocumentUnit {
  readonly before: string;
  readonly after: string;
  readonly beforeIds: Int32Array;
  readonly afterIds: Int32Array;
}

export interface CompiledForms {
  readonly withInstruction?: CompiledPrompt;
  readonly withoutInstruction?: CompiledPrompt;
}

/** What compiling asks of a tokenizer. */
export interface PromptTokens {
  readonly path: string;
  /** Ids of a plain text. */
  plain(text: string): Promise<readonly number[]>;
  /** Every text that is a control token. */
  readonly controls: readonly string[];
  /** Its id; throws TokenizerError on one that cannot be used. */
  control(text: string): Promise<number>;
}

/** Throws TokenizerError where the prompt cannot be cut so that its ids are those of the whole. */
export async function compileForms(forms: PromptForms, tokens: PromptTokens): Promise<CompiledForms> {
  const { withInstruction, withoutInstruction } = forms;
  return {
    ...(withInstruction !== undefined && { withInstruction: await compile(withInstruction, tokens) }),
    ...(withoutInstruction !== undefined && { withoutInstruction: await compile(withoutInstruction, tokens) }),
  };
}

/** Tokens of a prompt whose texts are all empty, about: fixed texts that have a place beside them are not counted. */
export function fixedTokens({ head, query, document, tail }: CompiledPrompt): number {
  const units = [...head, ...query, ...tail].map((unit) => ('ids' in unit ? unit.ids.length : 0));
  return [document.beforeIds.length, document.afterIds.length, ...units].reduce((sum, tokens) => sum + tokens, 0);
}

async function compile(parts: readonly PromptPart[], tokens: PromptTokens): Promise<CompiledPrompt> {
  const { units, cuts } = cutIntoUnits(parts, tokens.controls);
  for (const cut of cuts) await requireCut(cut, tokens);
  const place = units.findIndex((unit) => slotsOf(unit).includes('document'));
  const asks = units.findIndex((unit) => slotsOf(unit).includes('query'));
  const headEnd = asks === -1 ? place : Math.min(asks, place);
  const known = (some: readonly RawUnit[]) => Promise.all(some.map((unit) => knownUnit(unit, tokens)));
  return {
    head: await known(units.slice(0, headEnd)),
    query: await known(units.slice(headEnd, place)),
    document: await documentUnit(units[place], tokens),
    tail: await known(units.slice(place + 1)),
  };
}

async function documentUnit(unit: RawUnit | undefined, tokens: PromptTokens): Promise<DocumentUnit> {
  if (unit === undefined || slotsOf(unit).length !== 1 || !('pieces' in unit)) {
    throw new TokenizerError(
      `${tokens.path}: the prompt must have the document in one place, with fixed text between it and the other texts`,
    );
  }
  const at = unit.pieces.findIndex((piece) => 'slot' in piece);
  const text = (pieces: typeof unit.pieces) => pieces.map((piece) => ('text' in piece ? piece.text : '')).join('');
  const [before, after] = [text(unit.pieces.slice(0, at)), text(unit.pieces.slice(at + 1))];
  const idsOf = async (fixed: string) => Int32Array.from(await tokens.plain(fixed));
  return { before, after, beforeIds: await idsOf(before), afterIds: await idsOf(after) };
}

async function knownUnit(unit: RawUnit, tokens: PromptTokens): Promise<PromptUnit> {
  if ('control' in unit) return { ids: Int32Array.of(await tokens.control(unit.control)) };
  if (slotsOf(unit).length > 0) return unit;
  const text = unit.pieces.map((piece) => ('text' in piece ? piece.text : '')).join('');
  return { ids: Int32Array.from(await tokens.plain(text)) };
}

/** What may stand at the two ends of fixed text: letters, marks that join, white space, punctuation, other scripts. */
const NEIGHBOURS = ['', 'a', '1', '?', ' ', '\n', '\u0301', '机'];

/** The places are chosen by a rule about Qwen's pre-tokenizer; a tokenizer with another one must keep it too. */
async function requireCut({ left, right }: Cut, tokens: PromptTokens): Promise<void> {
  for (const before of NEIGHBOURS) {
    for (const after of NEIGHBOURS) {
      const [whole, ...parts] = await Promise.all(
        [before + left + right + after, before + left, right + after].map((text) => tokens.plain(text)),
      );
      if (whole!.join() === parts.flat().join()) continue;
      throw new TokenizerError(
        `${tokens.path} joins tokens across ${JSON.stringify(before + left)} | ${JSON.stringify(right + after)}, where the prompt ` +
          'is cut; expected a pre-tokenizer that splits there, as Qwen3 does',
      );
    }
  }
}
