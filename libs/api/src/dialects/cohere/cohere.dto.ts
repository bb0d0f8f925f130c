import { IsString, ValidateBy } from 'class-validator';
import { textOf, type DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, PRIORITY, QueryField, Shows } from '../../shared/option-rules.js';
import { RELEVANT_SPANS } from '../../shared/relevant-spans.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

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
  rank_fields: { type: [String], description: 'Keys of object documents that are read, in this order.' },
  return_documents: { type: Boolean, default: false },
  max_chunks_per_doc: { type: 'integer', description: 'Above 1: read long documents in at most this many windows.' },
})
export class CohereV1RerankDto extends RerankOptionsDto {
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
export class CohereV2RerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @CohereDocuments()
  @IsString({ each: true, message: '$property must be an array of strings' })
  @DocumentsField({ items: { type: 'string' } })
  readonly documents: readonly string[];
}
