import { RerankDto } from '../generic/generic.dto.js';
import { Shows } from '../../shared/option-rules.js';

/** The request of qwen3-reranker-api (Python); it refuses a `top_n` of 0. */
@Shows({
  top_n: { type: 'integer', minimum: 1, description: 'Answer the best ones only; more than there are: all.' },
})
export class NativeRerankDto extends RerankDto {}
