import type { RerankRequest } from './rerank-request.js';

/** As byte-level vocabularies go, in many languages; right enough for the milliseconds until the tokens are there. */
const UTF8_BYTES_PER_TOKEN = 4;
/** A longer text is as its start is: to look at all of a large body would take longer than the estimate is worth. */
const SAMPLE_CHARACTERS = 4096;

/** Spans read a document as sentences and as pairs of them; what ends each prompt comes on top, and short windows are cheap. */
const SPAN_READINGS = 3;

/** As many tokens as a body of this size is expected to have at most: all of it may be text. */
export function mostExpectedTokens(bodyBytes: number): number {
  return Math.ceil(bodyBytes / UTF8_BYTES_PER_TOKEN);
}

/** About how many tokens the texts of a request will be. */
export function expectedTokens({ query, documents }: RerankRequest): number {
  const bytes = documents.reduce((sum, document) => sum + bytesOf(document), bytesOf(query));
  return Math.ceil(bytes / UTF8_BYTES_PER_TOKEN);
}

/** About how many tokens finding spans takes: the longest documents may be those that are searched. */
export function expectedSpanTokens({ documents, spans, topN = documents.length }: RerankRequest): number {
  if (spans === undefined) return 0;
  const bytes = documents.map(bytesOf).toSorted((a, b) => b - a);
  const searched = bytes.slice(0, topN).reduce((sum, each) => sum + each, 0);
  return Math.ceil((SPAN_READINGS * searched) / UTF8_BYTES_PER_TOKEN);
}

function bytesOf(text: string): number {
  if (text.length <= SAMPLE_CHARACTERS) return Buffer.byteLength(text);
  return (Buffer.byteLength(text.slice(0, SAMPLE_CHARACTERS)) / SAMPLE_CHARACTERS) * text.length;
}
