import { IsString, ValidateBy } from 'class-validator';
import { textOf, type DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, PRIORITY, QueryField, RANK_FIELDS, Shows } from '../../shared/option-rules.js';
import { RELEVANT_SPANS } from '../../shared/relevant-spans.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { meta, metaOf, objectResults, withObjects } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import type { Errors } from '../errors.js';
import { superset } from '../generic/superset.js';
import { object, text } from '../schema.js';
import { RERANKING, V1_RERANK } from '../shared-paths.js';
import { allOf, anyOf, hasHeaderLike, hasList, hasNumber, not } from '../signs.js';
import { COHERE_IN_PYTHON, COHERE_IN_TYPESCRIPT } from './cohere.code.js';

/** Cohere refuses empty documents and objects with nothing named to read. */
function CohereDocuments(): PropertyDecorator {
  return ValidateBy({
    name: 'cohereDocuments',
    validator: {
      validate: (documents, args) => wrongPlace(documents, args?.object) === -1,
      defaultMessage: (args) =>
        `documents[${wrongPlace(args?.value, args?.object)}] must have a text that is not empty`,
    },
  });
}

function wrongPlace(documents: unknown, body: { readonly rank_fields?: unknown } = {}): number {
  if (!Array.isArray(documents)) return -1;
  const named = Boolean(body.rank_fields);
  return documents.findIndex((document) => !(named && typeof document === 'object') && !textOf(document));
}

/** `POST /v1/rerank` of api.cohere.com. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer', minimum: 1 },
  rank_fields: RANK_FIELDS,
  return_documents: { type: Boolean, default: false },
  max_chunks_per_doc: { type: 'integer', description: 'Above 1: read long documents in at most this many windows.' },
})
class CohereV1RerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @CohereDocuments() @DocumentsField() readonly documents: readonly DocumentInput[];
}

/** `POST /v2/rerank` of api.cohere.com. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer', minimum: 1 },
  max_tokens_per_doc: { type: 'integer', default: 4096 },
  priority: PRIORITY,
  relevant_spans: RELEVANT_SPANS,
})
class CohereV2RerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @CohereDocuments()
  @IsString({ each: true, message: '$property must be an array of strings' })
  @DocumentsField({ items: { type: 'string' } })
  readonly documents: readonly string[];
}

/** Documents of v2 are cut here, without a word, when the caller names no limit. */
const V2_TOKENS_PER_DOCUMENT = 4096;

const ERRORS: Errors = {
  error: object({ message: text, id: text }),
  toError: ({ message, status }, id) => ({ status, body: { message, id } }),
};
const ANSWER = object({ id: text, results: objectResults, meta });

/** `POST /v1/rerank` of api.cohere.com. */
export const cohereV1 = defineDialect({
  name: 'cohere-v1',
  mounts: ['/cohere/v1/rerank'],
  request: CohereV1RerankDto,
  answer: ANSWER,
  ...ERRORS,
  toRequests: oneRequest(LONG_QUERIES.half),
  toAnswer: ([ranking], body, { requestId }) => ({
    id: requestId,
    results: withObjects(ranking, body.documents, body, wantsDocuments(body) === true),
    meta: metaOf(ranking, '1'),
  }),
  example: { request: (query, documents) => ({ model: 'qwen3-reranker', query, documents, return_documents: true }) },
});

/** `POST /v2/rerank` of api.cohere.com. */
export const cohereV2 = defineDialect({
  name: 'cohere-v2',
  mounts: ['/cohere/v2/rerank'],
  request: CohereV2RerankDto,
  answer: ANSWER,
  ...ERRORS,
  toRequests: (body) => {
    const [request] = oneRequest(LONG_QUERIES.half)(body);
    return [{ ...request, limits: { documentTokens: V2_TOKENS_PER_DOCUMENT, ...request.limits } }];
  },
  toAnswer: ([ranking], body, { requestId }) => ({
    id: requestId,
    results: withObjects(ranking, body.documents, body, false),
    meta: metaOf(ranking, '2'),
  }),
  example: { code: { title: 'Cohere', typescript: COHERE_IN_TYPESCRIPT, python: COHERE_IN_PYTHON } },
});

/** A Cohere client on a path that others call too: its defaults, in the answer that all can read. */
export const cohereV1Shared = defineDialect({
  ...superset({ returnDocuments: false, data: 'never', flat: true }),
  name: cohereV1.name,
  mounts: [...V1_RERANK, ...RERANKING],
  matches: anyOf(
    hasHeaderLike('X-Fern-Sdk-Name', 'that is `cohere` or `cohere-ai`', /^cohere(?:-ai)?$/u),
    hasHeaderLike('User-Agent', 'that begins with `cohere`, or with `ai-sdk/cohere` in it', /^cohere|ai-sdk\/cohere/iu),
    hasList('rank_fields'),
    // SiliconFlow's clients send it too, always with overlap_tokens.
    allOf(hasNumber('max_chunks_per_doc'), not(hasNumber('overlap_tokens'))),
  ),
  example: { ...cohereV1.example, headers: { 'x-fern-sdk-name': 'cohere-ai' } },
});

/** Cohere's path, to which vLLM's clients post too. */
export const cohereV2Shared = defineDialect({
  ...superset({ returnDocuments: false, version: '2' }),
  name: cohereV2.name,
  mounts: ['/v2/rerank', '/providers/cohere/v2/rerank'],
  example: { ...cohereV2.example, code: undefined },
});
