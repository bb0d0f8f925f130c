import { IsObject, IsOptional } from 'class-validator';
import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, RANK_FIELDS, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { metaOf, scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { anyObject, integer, list, number, object, text } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { hasHeader } from '../signs.js';

@Shows({
  model: { type: String },
  top_n: { type: 'integer' },
  return_documents: { type: Boolean, default: true },
  rank_fields: { ...RANK_FIELDS, default: ['text'] },
  parameters: {
    type: 'object',
    properties: { truncate: { enum: ['END', 'NONE'], description: 'NONE: what is too long is an error.' } },
    additionalProperties: true,
  },
})
class PineconeRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'object', additionalProperties: true }, example: [{ text: 'Python is a snake.' }] })
  readonly documents: readonly DocumentInput[];

  @IsOptional()
  @IsObject({ message: '$property must be an object' })
  readonly parameters?: { readonly truncate?: unknown };
}

const CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/** `POST /rerank` of Pinecone's inference API. */
export const pinecone = defineDialect({
  name: 'pinecone',
  mounts: ['/pinecone/rerank', ...ANY_RERANK],
  matches: hasHeader('X-Pinecone-Api-Version'),
  request: PineconeRerankDto,
  answer: object({
    model: text,
    data: list(object({ index: integer, score: number }, { document: anyObject })),
    usage: object({ rerank_units: integer }),
  }),
  error: object({ error: object({ code: text, message: text }), status: integer }),
  toRequests: ({ parameters, ...body }) => {
    const isStrict = parameters?.truncate === 'NONE';
    return oneRequest(LONG_QUERIES.half)({ ...body, ...(isStrict && { truncation: false }) });
  },
  toAnswer: ([ranking], body, { servedModel }) => {
    const score = scoreOf(body);
    const shown = wantsDocuments(body) !== false;
    return {
      model: body.model ?? servedModel,
      data: ranking.ranked.map((document) => ({
        index: document.index,
        score: score(document),
        ...(shown && { document: asSent(body.documents[document.index]!) }),
      })),
      usage: { rerank_units: metaOf(ranking, '1').billed_units.search_units },
    };
  },
  toError: ({ message, status }) => ({
    status,
    body: { error: { code: CODES[status] ?? 'INTERNAL', message }, status },
  }),
  example: {
    request: (query, texts) => ({
      model: 'bge-reranker-v2-m3',
      query,
      documents: texts.map((each) => ({ text: each })),
    }),
    headers: { 'x-pinecone-api-version': '2025-10' },
    list: 'data',
    score: 'score',
    code: { title: 'Pinecone' },
  },
});

/** Whatever field was read: its clients know the field. */
function asSent(document: DocumentInput): Readonly<Record<string, unknown>> {
  return typeof document === 'string' ? { text: document } : document;
}
