import type { RerankRequest } from './rerank-request.js';

/** As byte-level vocabularies go, in many languages; right enough for the milliseconds until the tokens are there. */
const UTF8_BYTES_PER_TOKEN = 4;

/** About how many tokens the texts of a request will be. */
export function expectedTokens({ query, documents }: RerankRequest): number {
  const bytes = documents.reduce((sum, document) => sum + Buffer.byteLength(document), Buffer.byteLength(query));
  return Math.ceil(bytes / UTF8_BYTES_PER_TOKEN);
}
