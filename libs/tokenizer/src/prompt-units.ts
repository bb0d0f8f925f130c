import type { PromptPart, Slot } from './prompt-parts.js';

/** A stretch of a prompt whose tokens do not depend on its neighbours: ids that are known, or a text still to be filled in. */
export type PromptUnit = { readonly ids: Int32Array } | { readonly pieces: readonly Piece[] };

/** Fixed text, or a place. */
type Piece = { readonly text: string } | { readonly slot: Slot };

/** The same before its fixed texts are tokenised. */
export type RawUnit = { readonly control: string } | { readonly pieces: readonly Piece[] };

/** A place inside fixed text where a unit ends and the next begins, with the text on both sides. */
export interface Cut {
  readonly left: string;
  readonly right: string;
}

/**
 * Cuts a prompt into units: at control tokens and joints, and inside fixed text before each place, as close to it as the
 * tokenizer never merges. So a place that follows a line feed or a blank has it in its unit.
 */
export function cutIntoUnits(
  parts: readonly PromptPart[],
  controls: readonly string[],
): { units: RawUnit[]; cuts: Cut[] } {
  const units: RawUnit[] = [];
  const cuts: Cut[] = [];
  let run: Piece[] = [];
  const endRun = (): void => {
    if (run.length > 0) units.push(...cutRun(run, cuts).map((pieces) => ({ pieces })));
    run = [];
  };
  for (const part of parts) {
    if ('slot' in part) run.push(part);
    else if ('joint' in part) endRun();
    else {
      for (const text of splitAt(part.text, controls)) {
        if (!controls.includes(text)) addText(run, text);
        else {
          endRun();
          units.push({ control: text });
        }
      }
    }
  }
  endRun();
  return { units, cuts };
}

function addText(run: Piece[], text: string): void {
  const last = run.at(-1);
  if (last !== undefined && 'text' in last) run[run.length - 1] = { text: last.text + text };
  else run.push({ text });
}

export function slotsOf(unit: PromptUnit | RawUnit): readonly Slot[] {
  return 'pieces' in unit ? unit.pieces.flatMap((piece) => ('slot' in piece ? [piece.slot] : [])) : [];
}

function cutRun(run: readonly Piece[], cuts: Cut[]): Piece[][] {
  const units: Piece[][] = [[]];
  run.forEach((piece, index) => {
    const next = run[index + 1];
    const at = 'text' in piece && next !== undefined && 'slot' in next ? lastSafeCut(piece.text) : undefined;
    if (at === undefined || !('text' in piece)) {
      units.at(-1)!.push(piece);
      return;
    }
    const [left, right] = [piece.text.slice(0, at), piece.text.slice(at)];
    units.at(-1)!.push({ text: left });
    units.push([{ text: right }]);
    cuts.push({ left, right });
  });
  return units;
}

/**
 * The last place of a fixed text where the pattern of Qwen's pre-tokenizer always ends a piece, whatever stands before the
 * text and behind it:
 *
 *   letter | anything but a letter      a piece with letters ends with its last one
 *   no white space | space              no piece goes on with a space after anything else
 *   line feed | no white space          white space with a line feed is a piece that ends with it
 *
 * Nothing there looks back, and what looks ahead looks from white space into white space only: both sides are tokenised as
 * if they were alone. All are ASCII, so that normalisation joins nothing either.
 */
function lastSafeCut(text: string): number | undefined {
  for (let at = text.length - 1; at > 0; at -= 1) {
    const [before, after] = [text[at - 1]!, text[at]!];
    if (/[A-Za-z]/u.test(before) && /[^\p{L}\p{M}]/u.test(after) && isAscii(after)) return at;
    if (/[!-~]/u.test(before) && after === ' ') return at;
    if (before === '\n' && /[!-~]/u.test(after)) return at;
  }
  return undefined;
}

function isAscii(character: string): boolean {
  return character.codePointAt(0)! < 0x80;
}

/** The text in pieces, the control tokens apart; of two that begin together the longer one, as the tokenizer takes them. */
function splitAt(text: string, controls: readonly string[]): string[] {
  if (controls.length === 0) return [text];
  const escaped = controls
    .toSorted((a, b) => b.length - a.length)
    .map((control) => control.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  // The capture group makes `split` keep what it splits at.
  return text.split(new RegExp(`(${escaped.join('|')})`)).filter((piece) => piece !== '');
}
