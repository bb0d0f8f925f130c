/** A document as clients send it: its text, or an object that holds it. Other keys are theirs and come back unchanged. */
export type DocumentInput = string | Readonly<Record<string, unknown>>;

/** A query as clients send it: its text, `{ text }`, or vLLM's `{ content: [{ type: 'text', text }] }`. */
export type QueryInput = DocumentInput;

/** The text of a string, of `{ text }`, of `{ content }` or of vLLM's text parts; undefined: none, or an image. */
export function textOf(input: unknown): string | undefined {
  if (typeof input === 'string') return input;
  if (typeof input !== 'object' || input === null) return undefined;
  const { text, content } = input as { text?: unknown; content?: unknown };
  if (typeof text === 'string') return text;
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? partsText(content) : undefined;
}

/** An input that may stand alone, as a list. */
export function listOf<Input extends DocumentInput>(input: Input | readonly Input[]): readonly Input[] {
  return Array.isArray(input) ? (input as readonly Input[]) : [input as Input];
}

/**
 * What of a document is read: the values of `rankFields` in their order if it is an object, else its text, else all its
 * keys as `key: value` lines, Cohere's advice for structured data.
 */
export function readText(document: DocumentInput, rankFields?: readonly string[] | null): string | undefined {
  if (typeof document === 'string') return document;
  // A name that is there twice is read once: a text is no longer than what was sent.
  if (rankFields) {
    return joined([...new Set(rankFields)].filter((key) => isIn(document, key)).map((key) => shown(document[key])));
  }
  return textOf(document) ?? yamlLines(document);
}

/** Place and fault of the first document that cannot be read, to be put behind the field's name; undefined: all can be. */
export function wrongDocument(documents: unknown, rankFields?: readonly string[] | null): string | undefined {
  if (!Array.isArray(documents)) return undefined;
  const index = documents.findIndex((document) => !isReadable(document, rankFields));
  if (index === -1) return undefined;
  const wanted = rankFields ? 'one of the rank_fields' : 'a string text';
  return `[${index}] must be a string or an object with ${wanted}`;
}

/** The document as an object, for APIs that answer `{ text }`. */
export function objectOf(document: DocumentInput, rankFields?: readonly string[] | null): { readonly text: string } {
  if (typeof document === 'string') return { text: document };
  const text = textOf(document) ?? readText(document, rankFields)!;
  return Array.isArray(document['content']) ? { text } : { ...document, text };
}

function isReadable(document: unknown, rankFields?: readonly string[] | null): boolean {
  if (typeof document === 'string') return true;
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return false;
  // The text is not made: it may be long.
  const fields = document as Readonly<Record<string, unknown>>;
  if (rankFields) return rankFields.some((key) => isIn(fields, key));
  return textOf(fields) !== undefined || (hasLines(fields) && Object.values(fields).some(isGiven));
}

function isIn(document: Readonly<Record<string, unknown>>, key: string): boolean {
  return Object.hasOwn(document, key) && isGiven(document[key]);
}

function partsText(parts: readonly unknown[]): string | undefined {
  const texts = parts.map((part) => (part as { text?: unknown } | null)?.text);
  return texts.every((text) => typeof text === 'string') ? joined(texts) : undefined;
}

/** An image cannot be read, and a description of it is no substitute. */
function hasLines(document: Readonly<Record<string, unknown>>): boolean {
  return !('image' in document || 'content' in document);
}

function yamlLines(document: Readonly<Record<string, unknown>>): string | undefined {
  if (!hasLines(document)) return undefined;
  return joined(
    Object.entries(document)
      .filter(([, value]) => isGiven(value))
      .map(([key, value]) => `${key}: ${shown(value)}`),
  );
}

function joined(lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : lines.join('\n');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
