import { RerankDto } from '../generic/generic.dto.js';
import { Shows, TextField } from '../../shared/option-rules.js';

/** `POST /inference/v1/rerank` of Fireworks, which serves Qwen3-Reranker. */
@Shows({ task: { type: String, description: 'What makes a document relevant, in English: its name of instruction.' } })
export class FireworksRerankDto extends RerankDto {
  @TextField() readonly task?: string;
}
