import type { LongQuery, Ranking } from '#libs/rerank';
import { LONG_QUERIES, oneRequest, wantsDetails, wantsDocuments } from '../../shared/rerank-options.js';
import {
  meta,
  metaOf,
  scored,
  stringResults,
  textObject,
  usage,
  usageOf,
  withObjects,
  withStrings,
} from '../../shared/results.js';
import { withSpans } from '../../shared/relevant-spans.js';
import type { AnswerContext, Rankings } from '../dialect.js';
import { exactly, list, object, text, type Schema, type ValueOf } from '../schema.js';
import { details, detailsOf, resultDetails, resultDetailsOf } from './details.js';
import { RerankDto } from './generic.dto.js';

/** What clients of one vendor expect of the answer that all can read. */
export interface Flavour {
  /** When the caller does not say. */
  readonly returnDocuments: boolean;
  readonly document: 'object' | 'string';
  /** Together's Python SDK and Infinity's client refuse another word than `rerank`, Voyage's than `list`. */
  readonly object: 'rerank' | 'list';
  /** Voyage's `data` beside `results`. */
  readonly data: 'always' | 'never' | 'when-ambiguous';
  readonly version: '1' | '2';
  readonly longQuery: LongQuery;
  /** Nested values of a document are left out: Elasticsearch's Cohere parser stops at the first closing brace. */
  readonly flat: boolean;
}

const RESULT = {
  string: object(scored, { document: text, ...withSpans, ...resultDetails }),
  object: object(scored, { document: textObject, ...withSpans, ...resultDetails }),
};
type Result = ValueOf<(typeof RESULT)[Flavour['document']]>;

const DEFAULTS: Flavour = {
  returnDocuments: true,
  document: 'object',
  object: 'rerank',
  data: 'when-ambiguous',
  version: '1',
  longQuery: LONG_QUERIES.half,
  flat: false,
};

/** Satisfies the clients of Cohere, Voyage, Jina, vLLM, Together, OpenRouter and the AI SDK at once. */
export function superset(options: Partial<Flavour>) {
  const flavour = { ...DEFAULTS, ...options };
  return {
    request: RerankDto,
    answer: answerWith(RESULT[flavour.document], flavour.object),
    toRequests: oneRequest(flavour.longQuery),
    toAnswer: ([ranking]: Rankings, body: RerankDto, context: AnswerContext) => {
      const shown = wantsDocuments(body) ?? flavour.returnDocuments;
      const withDocuments = flavour.document === 'string' ? withStrings : withObjects;
      const results: readonly Result[] = withDocuments(ranking, body.documents, body, shown);
      const shownResults = flavour.flat ? results.map(flattened) : results;
      const detailed = wantsDetails(body);
      return {
        id: context.requestId,
        object: flavour.object,
        model: body.model ?? context.servedModel,
        // Before any nested object: Elasticsearch scans the text for the first one.
        results: detailed ? withDetails(shownResults, ranking) : shownResults,
        ...(hasData(flavour, body) && { data: withStrings(ranking, body.documents, body, shown) }),
        usage: usageOf(ranking),
        meta: metaOf(ranking, flavour.version),
        ...(detailed && { details: detailsOf(ranking) }),
      };
    },
  };
}

function answerWith(result: Schema<Result>, word: Flavour['object']) {
  return object(
    { id: text, object: exactly(word), model: text, results: list(result), usage, meta },
    { data: stringResults, details },
  );
}

/** Fields that clients of Voyage and Fireworks may send; with any other one it is none of them. */
const DATA_FIELDS = new Set(['query', 'documents', 'model', 'top_k', 'top_n', 'return_documents', 'truncation']);

function hasData({ data }: Flavour, body: RerankDto): boolean {
  if (data !== 'when-ambiguous') return data === 'always';
  return Object.entries(body).every(([key, value]) => DATA_FIELDS.has(key) || value === undefined);
}

function withDetails(results: readonly Result[], { ranked }: Ranking): readonly Result[] {
  return results.map((result, rank) => Object.assign(result, resultDetailsOf(ranked[rank]!)));
}

function flattened(result: Result): Result {
  if (typeof result.document !== 'object') return result;
  const entries = Object.entries(result.document).filter(([, value]) => typeof value !== 'object');
  return { ...result, document: Object.fromEntries(entries) as { text: string } };
}
