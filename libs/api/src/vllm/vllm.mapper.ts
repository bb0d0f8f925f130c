import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import type { RerankOptionsDto } from '../shared/rerank-options.dto.js';
import { toRequest } from '../shared/rerank-options.js';
import { resultsOf } from '../shared/results.js';
import type { VllmRerankDto } from './vllm.dto.js';

export function fromVllm(body: VllmRerankDto): RerankRequest {
  return strict(toRequest(body.query, body.documents, body), body);
}

/** vLLM refuses what is too long unless it is told how to cut. */
export function strict(request: RerankRequest, options: RerankOptionsDto): RerankRequest {
  const told = options.truncate_prompt_tokens ?? options.max_tokens_per_doc;
  if (typeof told === 'number' || request.longDocuments !== undefined) return request;
  return { ...request, longDocuments: { kind: 'refuse' } };
}

/** Documents always come back, whatever `return_documents` says. */
export function toVllm(ranking: Ranking, body: VllmRerankDto, { requestId, servedModel }: AnswerContext) {
  return {
    id: `rerank-${requestId}`,
    model: body.model ?? servedModel,
    usage: { prompt_tokens: ranking.promptTokens, total_tokens: ranking.promptTokens },
    results: resultsOf(ranking, body.documents, body, 'object').map(({ index, document, relevance_score }) => ({
      index,
      document: { text: (document as { text: string }).text, multi_modal: null },
      relevance_score,
    })),
  };
}
