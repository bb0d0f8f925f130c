import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /rerank` of Infinity. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer', minimum: 1 },
  return_documents: { type: Boolean, default: false },
  raw_scores: { type: Boolean, default: false },
})
export class InfinityRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly DocumentInput[];
}
