import { readJsonLines } from '../json-lines.js';

/** A query and a document, and whether the document is relevant. */
export interface LabelledPair {
  readonly query: string;
  readonly document: string;
  readonly relevant: boolean;
}

type Line =
  | { readonly query: string; readonly document: string; readonly relevant: boolean | number }
  /** As in the evaluation sets: the place of the relevant one. */
  | { readonly query: string; readonly documents: readonly string[]; readonly right: number };

/** Of each line a pair, or one for each of its documents. Throws with the number of the first line that is neither. */
export function readPairs(file: string): LabelledPair[] {
  return readJsonLines<Line>(file).flatMap((line, place) => {
    const pairs =
      'documents' in line
        ? line.documents.map((document, at) => pairOf(line, document, at === line.right))
        : [pairOf(line, line.document, line.relevant)];
    const wrong = pairs.find(
      ({ query, document, relevant }) =>
        typeof query !== 'string' || typeof document !== 'string' || typeof relevant !== 'boolean',
    );
    if (wrong === undefined) return pairs;
    throw new Error(
      `${file}, line ${place + 1}: expected {"query", "document", "relevant": true or false} or {"query", "documents", "right"}, ` +
        `got ${JSON.stringify(line).slice(0, 200)}`,
    );
  });
}

function pairOf({ query }: Line, document: string, relevant: boolean | number): LabelledPair {
  return { query, document, relevant: relevant === 1 ? true : relevant === 0 ? false : (relevant as boolean) };
}

/** Two halves that have no query in common, so that what is fitted on one can be judged on the other. */
export function halves<Pair extends { readonly query: string }>(
  pairs: readonly Pair[],
): readonly [fitted: Pair[], heldOut: Pair[]] {
  const places = new Map([...new Set(pairs.map(({ query }) => query))].map((query, place) => [query, place]));
  const isFitted = ({ query }: Pair) => places.get(query)! % 2 === 0;
  return [pairs.filter(isFitted), pairs.filter((pair) => !isFitted(pair))];
}
