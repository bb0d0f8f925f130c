import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** What LibreChat's rag_api client sends to `/v1/rerank`. */
@Shows({
  top_n: { type: 'integer' },
})
export class RagApiRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ description: 'Each with a text; id and base_score are not read.' })
  readonly candidates: readonly DocumentInput[];
}
