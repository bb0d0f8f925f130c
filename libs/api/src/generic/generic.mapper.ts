import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { readText } from '../shared/document-input.js';
import { toRequest, wantsDetails, wantsDocuments } from '../shared/rerank-options.js';
import { metaOf, resultsOf, usageOf, type RerankResult, type Usage } from '../shared/results.js';
import { documentDetails, requestDetails, type DocumentDetails, type RequestDetails } from './details.js';
import type { RerankDto } from './generic.dto.js';

/** What clients of one vendor expect of the answer that all can read. */
export interface Flavour {
  /** When the caller does not say. */
  readonly returnDocuments: boolean;
  readonly document: 'object' | 'string';
  /** Voyage's `data` beside `results`. */
  readonly data: 'always' | 'never' | 'when-ambiguous';
  readonly version: '1' | '2';
  /** Nested values of a document are left out: Elasticsearch's Cohere parser stops at the first closing brace. */
  readonly flat: boolean;
}

export interface GenericAnswer {
  readonly id: string;
  readonly object: 'list';
  readonly model: string;
  /** Before any nested object: Elasticsearch scans the text for the first one. */
  readonly results: readonly (RerankResult & Partial<DocumentDetails>)[];
  readonly data?: readonly RerankResult[];
  readonly usage: Usage;
  readonly meta: object;
  readonly details?: RequestDetails;
}

export const GENERIC: Flavour = {
  returnDocuments: true,
  document: 'object',
  data: 'when-ambiguous',
  version: '1',
  flat: false,
};

export function fromGeneric(body: RerankDto): RerankRequest {
  return toRequest(body.query, body.documents, body);
}

/** The answer of 8.2: satisfies the clients of Cohere, Voyage, Jina, vLLM, Together, OpenRouter and the AI SDK at once. */
export function toGeneric(
  flavour: Flavour,
): (ranking: Ranking, body: RerankDto, context: AnswerContext) => GenericAnswer {
  return (ranking, body, context) => {
    const shown = wantsDocuments(body) ?? flavour.returnDocuments;
    const results = resultsOf(ranking, body.documents, body, shown ? flavour.document : 'none');
    const shownResults = flavour.flat ? results.map(flattened) : results;
    const detailed = wantsDetails(body);
    return {
      id: context.requestId,
      object: 'list',
      model: body.model ?? context.servedModel,
      results: detailed ? withDetails(shownResults, ranking) : shownResults,
      ...(hasData(flavour, body) && { data: results.map((result) => withString(result, body)) }),
      usage: usageOf(ranking),
      meta: metaOf(ranking, flavour.version),
      ...(detailed && { details: requestDetails(ranking) }),
    };
  };
}

/** Fields that a Voyage client may send; with any other one it is none. */
const VOYAGE_FIELDS = new Set(['query', 'documents', 'model', 'top_k', 'return_documents', 'truncation']);

function hasData({ data }: Flavour, body: RerankDto): boolean {
  if (data !== 'when-ambiguous') return data === 'always';
  return Object.entries(body).every(([key, value]) => VOYAGE_FIELDS.has(key) || value === undefined || value === null);
}

function withDetails(results: readonly RerankResult[], { ranked }: Ranking) {
  return results.map((result, place) => Object.assign(result, documentDetails(ranked[place]!)));
}

function withString(result: RerankResult, body: RerankDto): RerankResult {
  if (result.document === undefined) return result;
  return { ...result, document: readText(body.documents[result.index]!, body.rank_fields)! };
}

function flattened(result: RerankResult): RerankResult {
  if (typeof result.document !== 'object') return result;
  const entries = Object.entries(result.document).filter(([, value]) => typeof value !== 'object');
  return { ...result, document: Object.fromEntries(entries) as { text: string } };
}
