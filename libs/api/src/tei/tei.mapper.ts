import type { Ranking, RerankRequest } from '#libs/rerank';
import { readText, type DocumentInput } from '../shared/document-input.js';
import { toRequest, wantsDocuments } from '../shared/rerank-options.js';
import { scoreOf } from '../shared/results.js';
import type { TeiRerankDto } from './tei.dto.js';

/** TEI answers every text, whatever `top_n` says, and clients count on it; with the other name it is honoured. */
export function fromTei(body: TeiRerankDto): RerankRequest {
  const { topN, ...request } = toRequest(body.query, textsOf(body), body);
  return body.texts === undefined && topN !== undefined ? { ...request, topN } : request;
}

/** A bare array, best first. */
export function toTei(ranking: Ranking, body: TeiRerankDto) {
  const texts = textsOf(body);
  const score = scoreOf(body);
  const shown = wantsDocuments(body) === true;
  return ranking.ranked.map((document) => ({
    index: document.index,
    ...(shown && { text: readText(texts[document.index]!)! }),
    score: score(document),
  }));
}

function textsOf({ texts, documents }: TeiRerankDto): readonly DocumentInput[] {
  return texts ?? documents!;
}
