import { InvalidRequestError, type Ranking, type RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { toRequest, wantsDocuments } from '../shared/rerank-options.js';
import { resultsOf } from '../shared/results.js';
import type { SglangRerankDto, SglangScoreDto } from './sglang.dto.js';

export function fromSglang(body: SglangRerankDto): RerankRequest {
  return toRequest(body.query, body.documents, body);
}

/** A bare array, best first. */
export function toSglang(ranking: Ranking, body: SglangRerankDto, { requestId }: AnswerContext) {
  const shape = wantsDocuments(body) === false ? 'none' : 'string';
  return resultsOf(ranking, body.documents, body, shape).map(({ relevance_score, document, index }, place) => ({
    score: relevance_score,
    document, // left out of the JSON when it is undefined
    index,
    meta_info: { id: requestId, prompt_tokens: ranking.ranked[place]!.tokenCount },
  }));
}

export function fromSglangScore(body: SglangScoreDto): RerankRequest {
  const { query, items, top_n: _topN, ...options } = body;
  return toRequest(query, items, options);
}

/** The probabilities of the labels, per item in the order of the request. */
export function toSglangScore(ranking: Ranking, body: SglangScoreDto, { labels, servedModel }: AnswerContext) {
  const { yesId, noId } = labels;
  const known = body.label_token_ids.every((id) => id === yesId || id === noId);
  if (!known) {
    const message = `label_token_ids must be the ids of yes (${yesId}) and no (${noId}): this server scores no others`;
    throw new InvalidRequestError('label_token_ids', message);
  }
  const inOrder = ranking.ranked.toSorted((a, b) => a.index - b.index);
  return {
    scores: inOrder.map(({ relevanceScore }) =>
      body.label_token_ids.map((id) => (id === yesId ? relevanceScore : 1 - relevanceScore)),
    ),
    model: body.model ?? servedModel,
    usage: { prompt_tokens: ranking.promptTokens, total_tokens: ranking.promptTokens, completion_tokens: 0 },
    object: 'scoring',
  };
}
