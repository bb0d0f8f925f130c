import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { toRequest, wantsDocuments } from '../shared/rerank-options.js';
import { resultsOf } from '../shared/results.js';
import type { JinaRerankDto } from './jina.dto.js';

export function fromJina(body: JinaRerankDto): RerankRequest {
  return toRequest(body.query, body.documents, body);
}

export function toJina(ranking: Ranking, body: JinaRerankDto, { servedModel }: AnswerContext) {
  const shape = wantsDocuments(body) === false ? 'none' : 'object';
  return {
    model: body.model ?? servedModel,
    object: 'list',
    usage: { total_tokens: ranking.promptTokens },
    results: resultsOf(ranking, body.documents, body, shape),
  };
}
