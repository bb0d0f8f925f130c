import { Shows } from '../../shared/option-rules.js';
import { OneQueryDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { objectResults, withObjects } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { superset } from '../generic/superset.js';
import { either, exactly, integer, list, object, text } from '../schema.js';
import { RERANKING, V1_RERANK } from '../shared-paths.js';
import { hasHeaderLike } from '../signs.js';

@Shows({
  model: { type: String },
  top_n: { type: 'integer', minimum: 1 },
  return_documents: { type: Boolean, default: true },
  max_doc_length: { type: 'integer', description: 'Most tokens of a document that are read.' },
  truncate: { type: Boolean, default: true, description: 'False: a document that is too long is an error.' },
})
class JinaRerankDto extends OneQueryDto {}

const refusal = object({ detail: text }, { request_id: text, code: text });
const wrongBody = object({
  detail: text,
  request_id: text,
  errors: list(object({ field: text, message: text, type: text })),
});

/** `POST /v1/rerank` of api.jina.ai. */
export const jina = defineDialect({
  name: 'jina',
  mounts: ['/jina/v1/rerank'],
  request: JinaRerankDto,
  answer: object({
    model: text,
    object: exactly('list'),
    usage: object({ total_tokens: integer }),
    results: objectResults,
  }),
  error: either(refusal, wrongBody),
  toRequests: oneRequest(LONG_QUERIES.half),
  toAnswer: ([ranking], body, { servedModel }) => ({
    model: body.model ?? servedModel,
    object: 'list' as const,
    usage: { total_tokens: ranking.promptTokens },
    results: withObjects(ranking, body.documents, body, wantsDocuments(body) !== false),
  }),
  /** 422 for a body that is JSON and wrong. `detail` is a string in every case: Elasticsearch casts it. */
  toError: ({ message, status, field, code }, id) => {
    if (status === 401) return { status, body: { detail: message } };
    if (field === undefined) return { status, body: { detail: message, request_id: id, code } };
    const errors = [{ field, message, type: 'value_error' }];
    return { status: 422, body: { detail: message, request_id: id, errors } };
  },
  example: { code: { title: 'Jina' } },
});

/** Weaviate's module reranker-jinaai: its older versions read a document only as a string, and ask for none. */
export const jinaOfWeaviate = defineDialect({
  ...superset({ returnDocuments: false, data: 'never' }),
  name: jina.name,
  mounts: [...V1_RERANK, ...RERANKING],
  matches: hasHeaderLike('Request-Source', 'with `weaviate` in it', /weaviate/u),
  example: { ...jina.example, headers: { 'request-source': 'unspecified:weaviate' }, code: undefined },
});
