import { IsObject, IsOptional } from 'class-validator';
import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /rerank` of Pinecone. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer' },
  return_documents: { type: Boolean, default: true },
  rank_fields: { type: [String], default: ['text'] },
  parameters: {
    type: 'object',
    properties: { truncate: { enum: ['END', 'NONE'], description: 'NONE: what is too long is an error.' } },
    additionalProperties: true,
  },
})
export class PineconeRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'object', additionalProperties: true }, example: [{ text: 'Python is a snake.' }] })
  readonly documents: readonly DocumentInput[];

  @IsOptional()
  @IsObject({ message: '$property must be an object' })
  readonly parameters?: { readonly truncate?: unknown };
}
