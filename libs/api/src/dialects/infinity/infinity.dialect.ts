import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { promptUsage, promptUsageOf, stringResults, withStrings } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { errorsForAll, openAiError } from '../errors.js';
import { either, exactly, integer, list, object, text } from '../schema.js';
import { RERANK } from '../shared-paths.js';
import { allOf, anyOf, hasFlag, hasHeaderLike, hasList } from '../signs.js';

@Shows({
  model: { type: String },
  top_n: { type: 'integer', minimum: 1 },
  return_documents: { type: Boolean, default: false },
  raw_scores: { type: Boolean, default: false },
})
class InfinityRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly DocumentInput[];
}

const wrongBody = object({ detail: list(object({ type: text, loc: list(text), msg: text })) });

/** `POST /rerank` of Infinity, a FastAPI service: its validation answers in FastAPI's words. */
export const infinity = defineDialect({
  name: 'infinity',
  mounts: ['/infinity/rerank'],
  request: InfinityRerankDto,
  answer: object({
    object: exactly('rerank'),
    results: stringResults,
    model: text,
    usage: promptUsage,
    id: text,
    created: integer,
  }),
  error: either(wrongBody, object({ detail: text }), object({ error: openAiError })),
  toRequests: oneRequest(LONG_QUERIES.longer),
  /** Infinity itself answers `document: null` when none was asked for; left out, it breaks no client. */
  toAnswer: ([ranking], body, context) => ({
    object: 'rerank' as const,
    results: withStrings(ranking, body.documents, body, wantsDocuments(body) === true),
    model: body.model ?? context.servedModel,
    usage: promptUsageOf(ranking),
    id: `infinity-${context.requestId}`,
    created: context.createdSeconds,
  }),
  toError: ({ message, status, field, code }) => {
    if (status === 401) return { status, body: { detail: 'Unauthorized' } };
    if (field === undefined) return { status, body: { error: { message, type: code, param: null, code: status } } };
    const loc = field === 'body' ? ['body'] : ['body', field];
    return { status: 422, body: { detail: [{ type: 'value_error', loc, msg: message }] } };
  },
  example: {
    request: (query, documents) => ({
      model: 'qwen3-reranker',
      query,
      documents,
      return_documents: true,
      raw_scores: false,
    }),
    code: { title: 'Infinity' },
  },
});

/** Its clients where others post too, who get other errors. */
export const infinityShared = defineDialect({
  ...infinity,
  ...errorsForAll,
  mounts: [...RERANK],
  matches: anyOf(
    // Infinity's own client always sends both flags; one alone is an option of others.
    allOf(hasList('documents'), hasFlag('raw_scores'), hasFlag('return_documents')),
    // LiteLLM wrote the scheme in lower case for Infinity, and at this path in no other place.
    hasHeaderLike('Authorization', 'with `bearer` in lower case', /^bearer /u),
  ),
  example: { ...infinity.example, code: undefined },
});
