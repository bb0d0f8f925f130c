import type { DocumentInput, QueryInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

const TEXT = { type: 'object', properties: { text: { type: 'string' } } } as const;

/** `POST /v1/ranking` of an NVIDIA NIM. */
@Shows({
  model: { type: String },
  truncate: { enum: ['NONE', 'END'], description: 'NONE: a passage that is too long is an error.' },
})
export class NimRankingDto extends RerankOptionsDto {
  @QueryField({ example: { text: 'What is machine learning?' } }) readonly query: QueryInput;

  @DocumentsField({
    items: TEXT,
    example: [{ text: 'Machine learning learns from data.' }, { text: 'Python is a snake.' }],
  })
  readonly passages: readonly DocumentInput[];
}
