import type { PromptForms, PromptPart } from '#libs/tokenizer';

/** The texts of a request, taken out of the prompt that a client had put around them. */
export interface UnwrappedTexts {
  readonly instruction: string;
  readonly query: string;
  readonly documents: readonly string[];
}

/**
 * Before servers knew the prompt, clients sent the query as PREFIX<Instruct>: I\n<Query>: Q\n and each document as
 * <Document>: D SUFFIX. This takes that frame off again, so that it is not put around itself. Undefined for a query without
 * it; a document without it stays as it is, and so does one that only quotes a frame.
 */
export class WrappedTexts {
  private readonly parts: FrameTexts | undefined;

  /** Prompts of another order than instruction, query, document were never wrapped. */
  constructor({ withInstruction }: PromptForms) {
    this.parts = frameOf(withInstruction ?? []);
  }

  unwrap({
    query,
    documents,
  }: {
    readonly query: string;
    readonly documents: readonly string[];
  }): UnwrappedTexts | undefined {
    if (this.parts === undefined) return undefined;
    const { start, beforeQuery, afterQuery, beforeDocument, end } = this.parts;
    if (!query.startsWith(start) || !query.endsWith(afterQuery)) return undefined;
    const inside = query.slice(start.length, query.length - afterQuery.length);
    const at = inside.indexOf(beforeQuery);
    if (at === -1) return undefined;
    return {
      instruction: inside.slice(0, at),
      query: inside.slice(at + beforeQuery.length),
      documents: documents.map((document) =>
        document.startsWith(beforeDocument) &&
        document.endsWith(end) &&
        document.length >= beforeDocument.length + end.length
          ? document.slice(beforeDocument.length, document.length - end.length)
          : document,
      ),
    };
  }
}

/** The fixed texts of a prompt, that between query and document cut where clients cut it: behind its line feed. */
interface FrameTexts {
  readonly start: string;
  readonly beforeQuery: string;
  readonly afterQuery: string;
  readonly beforeDocument: string;
  readonly end: string;
}

function frameOf(parts: readonly PromptPart[]): FrameTexts | undefined {
  const order = parts.flatMap((part) => ('slot' in part ? [part.slot] : []));
  if (order.join() !== 'instruction,query,document' || parts.some((part) => 'joint' in part)) return undefined;
  const [start = '', beforeQuery = '', between = '', end = ''] = fixedTexts(parts);
  const cut = between.indexOf('\n') + 1;
  if ([start, beforeQuery, between.slice(0, cut), end].includes('')) return undefined;
  return { start, beforeQuery, afterQuery: between.slice(0, cut), beforeDocument: between.slice(cut), end };
}

/** What stands before, between and behind the places. */
function fixedTexts(parts: readonly PromptPart[]): string[] {
  const texts = [''];
  for (const part of parts) {
    if ('slot' in part) texts.push('');
    else if ('text' in part) texts[texts.length - 1] += part.text;
  }
  return texts;
}
