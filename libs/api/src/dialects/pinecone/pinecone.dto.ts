import type { DocumentInput } from '../../shared/document-input.js';
import { Documents, Query, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /rerank` of Pinecone. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer' },
  return_documents: { type: Boolean, default: true },
  rank_fields: { type: [String], default: ['text'] },
  parameters: { type: 'object', additionalProperties: true, description: 'Not read.' },
})
export class PineconeRerankDto extends RerankOptionsDto {
  @Query() readonly query: string;

  @Documents({ items: { type: 'object', additionalProperties: true }, example: [{ text: 'Python is a snake.' }] })
  readonly documents: readonly DocumentInput[];

  readonly parameters?: unknown;
}
