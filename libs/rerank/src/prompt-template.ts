import { LRUCache } from 'lru-cache';
import {
  concatenate,
  slotsOf,
  type CompiledForms,
  type CompiledPrompt,
  type PromptUnit,
  type Slot,
  type TokenEncoder,
} from '#libs/tokenizer';

export interface PromptTexts {
  /** Absent: the default instruction, or none. */
  readonly instruction?: string | undefined;
  readonly query: string;
  readonly documents: readonly string[];
  /** Most tokens of the query, at least 1; the rest is cut. Absent: the whole query. */
  readonly maxQueryTokens?: number | undefined;
}

/** Token ids of a request's prompts, before truncation: head ++ query ++ documents[i] ++ tail is prompt i. */
export interface PromptIds {
  readonly head: Int32Array;
  /** Empty where the document comes before the query. */
  readonly query: Int32Array;
  /** With the fixed text that is tokenised together with them; at least one token each. */
  readonly documents: readonly Int32Array[];
  readonly frame: DocumentFrame;
}

/** What stands around each document of a request. */
export interface DocumentFrame {
  /** What is tokenised together with a document. */
  readonly textBefore: string;
  readonly textAfter: string;
  /** Of a document's own tokens, what every window of it begins and ends with. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly tail: Int32Array;
  /** The tail asks: it holds the query, and documents do not depend on it. */
  readonly tailAsks: boolean;
}

const KEPT_HEADS = 64;
/** Callers choose instructions, so the kept ones are bounded in bytes too. */
const KEPT_INSTRUCTION_CHARACTERS = 4096;
const NO_INSTRUCTION = Symbol('no instruction');

/** Turns the texts of a request into the segments of its prompts. Nothing is put in by replacement: ids are concatenated. */
export class PromptTemplate<Right = void> {
  private readonly heads = new LRUCache<string | symbol, Promise<Int32Array>>({ max: KEPT_HEADS });

  constructor(
    private readonly encoder: TokenEncoder<Right>,
    private readonly forms: CompiledForms,
    private readonly defaultInstruction?: string,
  ) {}

  /** Whether a request may bring an instruction. */
  get takesInstruction(): boolean {
    return this.forms.withInstruction !== undefined;
  }

  /** With the right that the encoder asks for. Rejects like the encoder: with the reason that it ended, or a TokenizerError. */
  async encode(texts: PromptTexts, right: Right): Promise<PromptIds> {
    const instruction = this.given(texts.instruction) ?? this.defaultInstruction;
    const prompt = this.formFor(instruction);
    const filled = { ...texts, instruction };
    const query = filledUnits(prompt.query, filled);
    const tail = filledUnits(prompt.tail, filled);
    const { before, after } = prompt.document;
    const documents = texts.documents.map((document) => before + document + after);
    // In one go: for short texts the way to the encoder and back costs more than the tokens.
    const [head, ids] = await Promise.all([
      this.headOf(prompt, instruction, right),
      this.encoder.encode([...textsOf(query), ...textsOf(tail), ...documents], right),
    ]);
    const encoded = ids.values();
    return {
      head,
      query: joined(query, encoded),
      frame: {
        textBefore: before,
        textAfter: after,
        // A blank belongs to the word behind it: a window from the middle of the text begins without.
        before: before === ' ' ? new Int32Array(0) : prompt.document.beforeIds,
        after: prompt.document.afterIds,
        tail: joined(tail, encoded),
        tailAsks: prompt.tail.some((unit) => slotsOf(unit).includes('query')),
      },
      documents: [...encoded],
    };
  }

  /** An empty one is none, where the model has a prompt for that. */
  private given(instruction: string | undefined): string | undefined {
    return instruction === '' && this.forms.withoutInstruction !== undefined ? undefined : instruction;
  }

  private formFor(instruction: string | undefined): CompiledPrompt {
    const { withInstruction, withoutInstruction } = this.forms;
    const form = instruction === undefined ? withoutInstruction : withInstruction;
    if (form === undefined)
      throw new TypeError(`this model has no prompt ${instruction === undefined ? 'without' : 'with'} an instruction`);
    return form;
  }

  /** Kept for recent instructions; those who ask at once share one computation. */
  private headOf(prompt: CompiledPrompt, instruction: string | undefined, right: Right): Promise<Int32Array> {
    const key = instruction ?? NO_INSTRUCTION;
    const kept = this.heads.get(key);
    if (kept !== undefined) return kept;
    const head = this.encodeHead(prompt, instruction, right);
    if (instruction === undefined || instruction.length <= KEPT_INSTRUCTION_CHARACTERS) this.heads.set(key, head);
    head.catch(() => this.heads.delete(key));
    return head;
  }

  /** Lasting, because others may wait for the same head. */
  private async encodeHead(prompt: CompiledPrompt, instruction: string | undefined, right: Right): Promise<Int32Array> {
    const units = filledUnits(prompt.head, { instruction, query: '' });
    const ids = await this.encoder.encode(textsOf(units), right, { lasting: true });
    return joined(units, ids.values());
  }
}

/** A unit with its texts in place: known ids, or a text, which is to be cut to `limit` tokens of what `end` follows. */
type FilledUnit =
  | { readonly ids: Int32Array }
  | { readonly text: string }
  | { readonly text: string; readonly start: string; readonly end: string; readonly limit: number };

type Filling = Pick<PromptTexts, 'instruction' | 'query' | 'maxQueryTokens'>;

function filledUnits(units: readonly PromptUnit[], texts: Filling): FilledUnit[] {
  return units.map((unit) => {
    if ('ids' in unit) return unit;
    const pieces = unit.pieces.map((piece) => ('text' in piece ? piece.text : textFor(piece.slot, texts)));
    const slotAt = unit.pieces.findIndex((piece) => 'slot' in piece && piece.slot === 'query');
    const text = pieces.join('');
    if (slotAt === -1 || texts.maxQueryTokens === undefined) return { text };
    const [start, end] = [pieces.slice(0, slotAt + 1).join(''), pieces.slice(slotAt + 1).join('')];
    return { text, start, end, limit: texts.maxQueryTokens };
  });
}

function textFor(slot: Slot, { instruction, query }: Filling): string {
  return slot === 'query' ? query : (instruction ?? '');
}

function textsOf(units: readonly FilledUnit[]): string[] {
  return units.flatMap((unit) => {
    if ('ids' in unit) return [];
    return 'limit' in unit ? [unit.text, unit.start, unit.end] : [unit.text];
  });
}

/** The ids of units in their order; `encoded` gives those of their texts. */
function joined(units: readonly FilledUnit[], encoded: Iterator<Int32Array>): Int32Array {
  const next = (): Int32Array => encoded.next().value as Int32Array;
  return concatenate(
    ...units.flatMap((unit) => {
      if ('ids' in unit) return [unit.ids];
      const whole = next();
      if (!('limit' in unit)) return [whole];
      const [start, end] = [next(), next()];
      // The whole query in one piece with what follows it; a query over its limit is cut, and what follows is not.
      return start.length <= unit.limit ? [whole] : [start.subarray(0, unit.limit), end];
    }),
  );
}
