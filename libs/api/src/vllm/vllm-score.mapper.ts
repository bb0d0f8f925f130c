import { InvalidRequestError, type Ranking, type RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import type { DocumentInput } from '../shared/document-input.js';
import { toRequest } from '../shared/rerank-options.js';
import { scoreOf } from '../shared/results.js';
import { SCORE_SIDES, type ScoreInput, type VllmScoreDto } from './vllm-score.dto.js';
import { strict } from './vllm.mapper.js';

/** One request per distinct query, so that what its pairs share is computed once. */
export function fromVllmScore(body: VllmScoreDto): RerankRequest[] {
  const { top_n: _topN, ...options } = body;
  return groupsOf(body).map(({ query, documents }) => strict(toRequest(query, documents, options), body));
}

/** In the order of the request, not ranked. */
export function toVllmScore(rankings: readonly Ranking[], body: VllmScoreDto, context: AnswerContext) {
  const score = scoreOf(body);
  const scores = groupsOf(body).flatMap(({ places }, group) =>
    rankings[group]!.ranked.map((document) => ({ index: places[document.index]!, score: score(document) })),
  );
  const tokens = rankings.reduce((total, { promptTokens }) => total + promptTokens, 0);
  return {
    id: `score-${context.requestId}`,
    object: 'list',
    created: context.createdSeconds,
    model: body.model ?? context.servedModel,
    data: scores
      .toSorted((a, b) => a.index - b.index)
      .map((pair) => ({ index: pair.index, object: 'score', score: pair.score })),
    usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0, prompt_tokens_details: null },
  };
}

interface Group {
  readonly query: DocumentInput;
  readonly documents: DocumentInput[];
  /** Of each document's pair in the request. */
  readonly places: number[];
}

function groupsOf(body: VllmScoreDto): Group[] {
  const [left, right] = sidesOf(body);
  if (left.length !== 1 && left.length !== right.length) {
    const message = `${left.length} queries and ${right.length} documents: send one query, or as many as documents`;
    throw new InvalidRequestError('queries', message);
  }
  const groups = new Map<string, Group>();
  for (const [place, document] of right.entries()) {
    const query = left.length === 1 ? left[0]! : left[place]!;
    const key = JSON.stringify(query);
    const group = groups.get(key) ?? { query, documents: [], places: [] };
    group.documents.push(document);
    group.places.push(place);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function sidesOf(body: VllmScoreDto): [readonly DocumentInput[], readonly DocumentInput[]] {
  for (const [one, other] of SCORE_SIDES) {
    const [left, right] = [body[one], body[other]];
    if (left && right) return [listOf(left), listOf(right)];
  }
  throw new InvalidRequestError('queries', 'send queries and documents, or text_1 and text_2');
}

function listOf(input: ScoreInput): readonly DocumentInput[] {
  return Array.isArray(input) ? input : [input as DocumentInput];
}
