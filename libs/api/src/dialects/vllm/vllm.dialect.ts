import { STATUS_CODES } from 'node:http';
import { listOf, type DocumentInput, type QueryInput } from '../../shared/document-input.js';
import { OneOrMoreDocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, optionsOf, textsOf, type RequestOptions } from '../../shared/rerank-options.js';
import { promptUsage, promptUsageOf, withObjects } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { openAiError, type Errors } from '../errors.js';
import { either, integer, list, nothing, number, object, text } from '../schema.js';

@Shows({
  model: { type: String },
  top_n: { type: 'integer', default: 0, description: '0: all.' },
  truncate_prompt_tokens: {
    type: 'integer',
    description: 'Without it, a prompt that is too long is an error. -1: what the model holds.',
  },
  truncation_side: { enum: ['left', 'right'] },
  max_tokens_per_query: { type: 'integer', default: 0 },
  max_tokens_per_doc: { type: 'integer', default: 0 },
  instruction: { type: String, description: 'What makes a document relevant, in English.' },
  chat_template_kwargs: { type: 'object', additionalProperties: true },
  use_activation: {
    type: Boolean,
    default: true,
    description: 'False: logit(yes) − logit(no) instead of the probability.',
  },
})
class VllmRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: QueryInput;

  /** One may stand alone. */
  @OneOrMoreDocumentsField() readonly documents: DocumentInput | readonly DocumentInput[];
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  500: 'InternalServerError',
};

export const vllmErrors: Errors = {
  error: object({ error: either(openAiError, text) }),
  toError: ({ message, status, field }) => {
    if (status === 401) return { status, body: { error: 'Unauthorized' } };
    const type = ERROR_TYPES[status] ?? STATUS_CODES[status] ?? 'Error';
    return { status, body: { error: { message, type, param: field ?? null, code: status } } };
  },
};

const result = object({
  index: integer,
  document: object({ text, multi_modal: nothing }),
  relevance_score: number,
});

/** `POST /rerank`, `/v1/rerank` and `/v2/rerank` of vLLM. Documents always come back, whatever `return_documents` says. */
export const vllm = defineDialect({
  name: 'vllm',
  mounts: ['/vllm/v1/rerank', '/vllm/v2/rerank'],
  probes: ['/vllm/tokenize', '/vllm/v1/models'],
  request: VllmRerankDto,
  answer: object({ id: text, model: text, usage: promptUsage, results: list(result) }),
  ...vllmErrors,
  toRequests: (body) => {
    const { query, documents, rank_fields } = body;
    return [{ ...textsOf({ query, documents: listOf(documents), rank_fields }), ...toldOptions(body) }];
  },
  toAnswer: ([ranking], body, { requestId, servedModel }) => ({
    id: `rerank-${requestId}`,
    model: body.model ?? servedModel,
    usage: promptUsageOf(ranking),
    results: withObjects(ranking, listOf(body.documents), body, true).map(({ index, document, relevance_score }) => ({
      index,
      document: { text: document!.text, multi_modal: null },
      relevance_score,
    })),
  }),
  example: { code: { title: 'vLLM', instruction: 'instruction' } },
});

/** vLLM refuses what is too long unless it is told how to cut: whole prompts, or documents. */
export function toldOptions(body: RerankOptionsDto): RequestOptions {
  const { truncate_prompt_tokens: promptTokens, max_tokens_per_doc: documentTokens } = body;
  const cutsPrompts = typeof promptTokens === 'number' && promptTokens !== 0;
  const options = optionsOf(body, cutsPrompts ? LONG_QUERIES.longer : undefined);
  if (typeof (promptTokens ?? documentTokens) === 'number' || options.longDocuments !== undefined) return options;
  return { ...options, longDocuments: { kind: 'refuse' } };
}
