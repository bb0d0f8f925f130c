import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { toRequest, wantsDocuments } from '../shared/rerank-options.js';
import { scoreOf, usageOf } from '../shared/results.js';
import type { MixedbreadRerankDto } from './mixedbread.dto.js';

export function fromMixedbread(body: MixedbreadRerankDto): RerankRequest {
  return toRequest(body.query, body.input, body);
}

/** The input comes back as it was sent, strings as strings and objects as objects. */
export function toMixedbread(ranking: Ranking, body: MixedbreadRerankDto, { servedModel }: AnswerContext) {
  const score = scoreOf(body);
  const shown = wantsDocuments(body) === true;
  return {
    object: 'list',
    model: body.model ?? servedModel,
    data: ranking.ranked.map((document) => ({
      index: document.index,
      score: score(document),
      ...(shown && { input: body.input[document.index]! }),
      object: 'rank_result',
    })),
    usage: usageOf(ranking),
    top_k: ranking.ranked.length,
    return_input: shown,
  };
}
