import type { Ranking, RankedDocument } from '#libs/rerank';
import { integer, list, number, object, text, type ValueOf } from '../dialects/schema.js';
import { objectOf, readText, type DocumentInput } from './document-input.js';
import { shownSpans, withSpans } from './relevant-spans.js';
import type { RerankOptionsDto } from './rerank-options.dto.js';
import { wantsRawScores } from './rerank-options.js';

/** Nothing else in an item: Elasticsearch refuses one with another key. */
export const scored = { index: integer, relevance_score: number };
/** Other keys of the document that was sent come back too. */
export const textObject = object({ text });
export const stringResults = list(object(scored, { document: text, ...withSpans }));
export const objectResults = list(object(scored, { document: textObject, ...withSpans }));

/** Best first. `document` is left out, never null, when it is not shown. */
function resultsWith<Shown>(shownAs: (document: DocumentInput, rankFields: RerankOptionsDto['rank_fields']) => Shown) {
  return ({ ranked }: Ranking, documents: readonly DocumentInput[], options: RerankOptionsDto, shown: boolean) => {
    const score = scoreOf(options);
    return ranked.map((document) => ({
      index: document.index,
      relevance_score: score(document),
      ...(shown && { document: shownAs(documents[document.index]!, options.rank_fields) }),
      ...shownSpans(document),
    }));
  };
}

export const withStrings = resultsWith((document, rankFields) => readText(document, rankFields)!);
export const withObjects = resultsWith(objectOf);

export function scoreOf(options: RerankOptionsDto): (document: RankedDocument) => number {
  return wantsRawScores(options) ? ({ rawScore }) => rawScore : ({ relevanceScore }) => relevanceScore;
}

export const usage = object({ prompt_tokens: integer, completion_tokens: integer, total_tokens: integer });

export function usageOf({ promptTokens }: Ranking): ValueOf<typeof usage> {
  return { prompt_tokens: promptTokens, completion_tokens: 0, total_tokens: promptTokens };
}

export const promptUsage = object({ prompt_tokens: integer, total_tokens: integer });

/** Of servers that write nothing. */
export function promptUsageOf({ promptTokens }: Ranking): ValueOf<typeof promptUsage> {
  return { prompt_tokens: promptTokens, total_tokens: promptTokens };
}

// Cohere's pricing: a search unit is a query with up to 100 documents; a document of more than 500 tokens, the query
// included, counts once for every 500.
const UNIT_DOCUMENTS = 100;
const UNIT_TOKENS = 500;

export const meta = object({
  api_version: object({ version: text }),
  billed_units: object({ search_units: integer }),
  tokens: object({ input_tokens: integer, output_tokens: integer }),
});

export function metaOf({ pairTokens, promptTokens }: Ranking, version: '1' | '2'): ValueOf<typeof meta> {
  const parts = pairTokens.reduce((count, tokens) => count + Math.ceil(tokens / UNIT_TOKENS), 0);
  return {
    api_version: { version },
    billed_units: { search_units: Math.ceil(parts / UNIT_DOCUMENTS) },
    tokens: { input_tokens: promptTokens, output_tokens: 0 },
  };
}
