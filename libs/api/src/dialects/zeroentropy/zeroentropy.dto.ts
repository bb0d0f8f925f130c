import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /v1/models/rerank` of ZeroEntropy. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer' },
  latency: { enum: ['fast', 'slow'], description: 'Not read: there is one kind.' },
})
export class ZeroEntropyRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly string[];

  readonly latency?: unknown;
}
