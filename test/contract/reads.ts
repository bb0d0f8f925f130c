/** What a client reads of the answer; without it, it throws or loses a result. */
export interface Reads {
  /** Where the scored items are. */
  readonly list: 'results' | 'output.results' | 'data' | 'rankings' | 'scores' | 'array';
  /** What each item's document must be; `none`: it may not be there. */
  readonly document?: 'string' | 'object' | 'none' | undefined;
  /** Paths that must be in the answer. */
  readonly also?: readonly string[];
  /** The only keys an item may have. */
  readonly only?: readonly string[];
  /** The API answers in the order of the request, and all of it. */
  readonly inOrder?: boolean;
  /** How many items; all documents if it is not said. */
  readonly count?: number;
}
