import type { DocumentInput, QueryInput } from '../../shared/document-input.js';
import { OneOrMoreDocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /rerank`, `/v1/rerank` and `/v2/rerank` of vLLM. */
@Shows({
  model: { type: String },
  top_n: { type: 'integer', default: 0, description: '0: all.' },
  truncate_prompt_tokens: {
    type: 'integer',
    description: 'Without it, a prompt that is too long is an error. -1: what the model holds.',
  },
  truncation_side: { enum: ['left', 'right'] },
  max_tokens_per_query: { type: 'integer', default: 0 },
  max_tokens_per_doc: { type: 'integer', default: 0 },
  instruction: { type: String, description: 'What makes a document relevant, in English.' },
  chat_template_kwargs: { type: 'object', additionalProperties: true },
  use_activation: {
    type: Boolean,
    default: true,
    description: 'False: logit(yes) − logit(no) instead of the probability.',
  },
})
export class VllmRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: QueryInput;

  /** One may stand alone. */
  @OneOrMoreDocumentsField() readonly documents: DocumentInput | readonly DocumentInput[];
}
