import type { DocumentInput, QueryInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /v1/rerank` of api.jina.ai. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer', minimum: 1 },
  return_documents: { type: Boolean, default: true },
  max_doc_length: { type: 'integer', description: 'Most tokens of a document that are read.' },
  truncate: { type: Boolean, default: true, description: 'False: a document that is too long is an error.' },
})
export class JinaRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: QueryInput;

  @DocumentsField() readonly documents: readonly DocumentInput[];
}
