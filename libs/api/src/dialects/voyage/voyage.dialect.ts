import { IsString } from 'class-validator';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { stringResults, withStrings } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { superset } from '../generic/superset.js';
import { exactly, integer, object, text } from '../schema.js';
import { RERANK, RERANKING, V1_RERANK } from '../shared-paths.js';
import { allOf, anyOf, hasBoolean, hasHeader, hasHeaderLike, hasNumber, not } from '../signs.js';
import { VOYAGE_IN_PYTHON, VOYAGE_IN_TYPESCRIPT } from './voyage.code.js';

@Shows({
  model: { type: String },
  top_k: { type: 'integer' },
  return_documents: { type: Boolean, default: false },
  truncation: { type: Boolean, default: true, description: 'False: a document that is too long is an error.' },
})
class VoyageRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @IsString({ each: true, message: '$property must be an array of strings' })
  @DocumentsField({ items: { type: 'string' } })
  readonly documents: readonly string[];
}

/** `POST /v1/rerank` of api.voyageai.com. */
export const voyage = defineDialect({
  name: 'voyage',
  mounts: ['/voyage/v1/rerank'],
  request: VoyageRerankDto,
  answer: object({
    object: exactly('list'),
    data: stringResults,
    model: text,
    usage: object({ total_tokens: integer }),
  }),
  error: object({ detail: text }),
  toRequests: oneRequest(LONG_QUERIES.quarter),
  toAnswer: ([ranking], body, { servedModel }) => ({
    object: 'list' as const,
    data: withStrings(ranking, body.documents, body, wantsDocuments(body) === true),
    model: body.model ?? servedModel,
    usage: { total_tokens: ranking.promptTokens },
  }),
  toError: ({ message, status }) => ({ status, body: { detail: message } }),
  example: { list: 'data', code: { title: 'Voyage', typescript: VOYAGE_IN_TYPESCRIPT, python: VOYAGE_IN_PYTHON } },
});

const CLIENT = anyOf(
  hasHeaderLike('X-Fern-Sdk-Name', 'that is `voyageai`', /^voyageai$/u),
  hasHeader('X-Voyage-Client-User-Agent'),
  hasHeaderLike('User-Agent', 'with `ai-sdk/voyage` in it', /ai-sdk\/voyage/iu),
);

/** A Voyage client on a path that others call too: its defaults, in the answer that all can read. */
export const voyageShared = defineDialect({
  ...superset({ returnDocuments: false, data: 'always', object: 'list', longQuery: LONG_QUERIES.quarter }),
  name: voyage.name,
  mounts: [...V1_RERANK, ...RERANKING],
  matches: anyOf(CLIENT, allOf(hasNumber('top_k'), not(hasNumber('top_n'))), hasBoolean('truncation')),
  example: { ...voyage.example, headers: { 'x-fern-sdk-name': 'voyageai' }, code: undefined },
});

/** With a base URL that lacks `/v1`. Its fields alone say nothing there: this server's own API has them too. */
export const voyageAtRoot = defineDialect({ ...voyageShared, mounts: [...RERANK], matches: CLIENT });
