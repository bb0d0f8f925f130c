/** Whether the model puts pairs in the right order whose order is certain. */
export type ModelVerdict =
  /** The check is switched off. */
  | { readonly status: 'off' }
  | { readonly status: 'pending' }
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly reason: string }
  /** The check itself did not come to its end. */
  | { readonly status: 'unknown'; readonly reason: string };
