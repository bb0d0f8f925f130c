import type { Scored } from './asked.js';
import type { Reads } from './reads.js';

interface Item {
  readonly index: number;
  readonly relevance_score?: number;
  readonly score?: number;
  readonly logit?: number;
  readonly document?: unknown;
  readonly text?: unknown;
}

/** Some say no index: they lie in the order of the request. */
type Found = Omit<Item, 'index'> & Partial<Pick<Item, 'index'>>;

/** The items where a client looks for them, best first. */
export function itemsOf(answer: unknown, list: Reads['list']): readonly Item[] {
  const found = (list === 'array' ? answer : (valueAt(answer, list) ?? [])) as readonly (Found | number)[];
  const items = found.map((item, index) => placed(item, index));
  return list === 'scores' ? items.toSorted((a, b) => b.score! - a.score!) : items;
}

function placed(item: Found | number, index: number): Item {
  return typeof item === 'number' ? { index, score: item } : { index, ...item };
}

/** Whatever the API calls its score, as a probability. */
export function scored({ index, relevance_score, score, logit }: Item): Scored {
  const probability = logit === undefined ? (relevance_score ?? score) : 1 / (1 + Math.exp(-logit));
  return { index, score: probability! };
}

/** `string`, `object`, or `none` for an item that has no document at all. */
export function documentKind(item: Item): string {
  const document = 'text' in item ? item.text : item.document;
  if (!('document' in item) && !('text' in item)) return 'none';
  return document === null ? 'null' : typeof document;
}

/** The value at a dotted path. */
export function valueAt(answer: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], answer);
}
