import { IsString } from 'class-validator';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /v1/rerank` of api.voyageai.com. */
@Shows({
  model: { type: String },
  top_k: { type: 'integer' },
  return_documents: { type: Boolean, default: false },
  truncation: { type: Boolean, default: true, description: 'False: a document that is too long is an error.' },
})
export class VoyageRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @IsString({ each: true, message: '$property must be an array of strings' })
  @DocumentsField({ items: { type: 'string' } })
  readonly documents: readonly string[];
}
