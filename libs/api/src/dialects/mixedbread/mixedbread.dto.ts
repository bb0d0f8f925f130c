import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /v1/reranking` of Mixedbread. */
@Shows({
  model: { type: String },
  top_k: { type: 'integer' },
  rank_fields: { type: [String], description: 'Keys of object documents that are read, in this order.' },
  return_input: { type: Boolean, default: false },
})
export class MixedbreadRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField() readonly input: readonly DocumentInput[];
}
