import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /v1/rerankings` of Isaacus. */
@Shows({ model: { type: String }, top_n: { type: 'integer' } })
export class IsaacusRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly texts: readonly string[];
}
