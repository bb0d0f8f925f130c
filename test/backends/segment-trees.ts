import type { ComputedSegment, Rows } from '#libs/tensor';
import type { AttentionCase } from './attention-case.js';
import { ids } from './workbench.js';

interface Lengths {
  readonly prefix: number;
  readonly length: number;
  readonly rows: Rows;
}

/** A document behind a prefix that is computed with it; without a prefix, alone. */
export function behind(attention: AttentionCase, { prefix, length, rows }: Lengths): Promise<Float32Array> {
  const document = { ids: ids(length, prefix), scored: true };
  return attention.attend(prefix === 0 ? [document] : [{ ids: ids(prefix) }, { ...document, parent: 0 }], rows);
}

/** A document behind a prefix that an earlier pass kept. */
export async function behindKept(attention: AttentionCase, { prefix, length, rows }: Lengths): Promise<Float32Array> {
  const store = attention.keyValues(prefix);
  await attention.attend([{ ids: ids(prefix), store }], 'all');
  const document = { ids: ids(length, prefix), parent: 0, scored: true };
  const attended = await attention.attend([{ kept: store }, document], rows);
  store.dispose();
  return attended;
}

/** Head, query, and documents of these lengths. */
export function request(lengths: readonly number[]): ComputedSegment[] {
  const documents = lengths.map((length, document) => ({ ids: ids(length, 64 + document), parent: 1, scored: true }));
  return [{ ids: ids(40) }, { ids: ids(24, 40), parent: 0 }, ...documents];
}

/** Several requests: heads of several queries, documents that do not lie beside their siblings, roots with documents. */
export function forest(): ComputedSegment[] {
  return [
    { ids: ids(20) },
    { ids: ids(9, 100), parent: 0 },
    { ids: ids(15, 200), parent: 1, scored: true },
    { ids: ids(1, 300), parent: 1, scored: true },
    { ids: ids(30, 400), parent: 0 },
    { ids: ids(33, 500), parent: 4, scored: true },
    { ids: ids(5, 600), parent: 1, scored: true },
    { ids: ids(11, 700) },
    { ids: ids(4, 800), parent: 7 },
    { ids: ids(17, 900), parent: 8, scored: true },
    { ids: ids(6, 1000), parent: 7, scored: true },
    { ids: ids(10, 1100), scored: true },
  ];
}

/** The ids of a segment behind those of its ancestors. */
export function wholePath(segments: readonly ComputedSegment[], { ids: own, parent }: ComputedSegment): Int32Array {
  if (parent === undefined) return own;
  return Int32Array.of(...wholePath(segments, segments[parent]!), ...own);
}
