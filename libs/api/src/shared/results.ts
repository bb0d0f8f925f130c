import type { Ranking, RankedDocument } from '#libs/rerank';
import { objectOf, readText, type DocumentInput } from './document-input.js';
import type { RerankOptionsDto } from './rerank-options.dto.js';
import { wantsRawScores } from './rerank-options.js';

/** How a result shows its document. */
export type DocumentShape = 'string' | 'object' | 'none';

/** Nothing else: Elasticsearch refuses an item with another key. */
export interface RerankResult {
  readonly index: number;
  readonly relevance_score: number;
  readonly document?: string | { readonly text: string };
}

/** Best first. `document` is left out, never null, when it is not shown. */
export function resultsOf(
  { ranked }: Ranking,
  documents: readonly DocumentInput[],
  options: RerankOptionsDto,
  shape: DocumentShape,
): RerankResult[] {
  const score = scoreOf(options);
  return ranked.map((document) => ({
    index: document.index,
    relevance_score: score(document),
    ...shownDocument(documents[document.index]!, options, shape),
  }));
}

export function scoreOf(options: RerankOptionsDto): (document: RankedDocument) => number {
  return wantsRawScores(options) ? ({ rawScore }) => rawScore : ({ relevanceScore }) => relevanceScore;
}

function shownDocument(document: DocumentInput, { rank_fields }: RerankOptionsDto, shape: DocumentShape) {
  switch (shape) {
    case 'none':
      return {};
    case 'string':
      return { document: readText(document, rank_fields)! };
    case 'object':
      return { document: objectOf(document, rank_fields) };
  }
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: 0;
  readonly total_tokens: number;
}

export function usageOf({ promptTokens }: Ranking): Usage {
  return { prompt_tokens: promptTokens, completion_tokens: 0, total_tokens: promptTokens };
}

// Cohere's pricing: a search unit is a query with up to 100 documents; a document of more than 500 tokens, the query
// included, counts once for every 500.
const UNIT_DOCUMENTS = 100;
const UNIT_TOKENS = 500;

export function metaOf({ pairTokens, promptTokens }: Ranking, version: '1' | '2') {
  const parts = pairTokens.reduce((count, tokens) => count + Math.ceil(tokens / UNIT_TOKENS), 0);
  return {
    api_version: { version },
    billed_units: { search_units: Math.ceil(parts / UNIT_DOCUMENTS) },
    tokens: { input_tokens: promptTokens, output_tokens: 0 },
  };
}
