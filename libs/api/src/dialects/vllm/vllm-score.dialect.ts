import { InvalidRequestError } from '#libs/rerank';
import { listOf } from '../../shared/document-input.js';
import { groupPairs, scoresInOrder, type PairGroup } from '../../shared/pairs.js';
import { everyDocument } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { exactly, integer, list, nothing, number, object, text } from '../schema.js';
import { SCORE } from '../shared-paths.js';
import { SCORE_SIDES, VllmScoreDto } from './vllm-score.dto.js';
import { toldRequest, vllmErrors } from './vllm.dialect.js';

const EXAMPLE = {
  request: (query: string, texts: readonly string[]) => ({ model: 'qwen3-reranker', text_1: query, text_2: texts }),
  list: 'data',
  score: 'score',
  inOrder: true,
} as const;

/** `POST /score` of vLLM on paths that SGLang's clients call too; errors as on every shared path. */
export const vllmScoreShared = defineDialect({
  name: 'vllm-score',
  mounts: [...SCORE],
  request: VllmScoreDto,
  answer: object({
    id: text,
    object: exactly('list'),
    created: integer,
    model: text,
    data: list(object({ index: integer, object: exactly('score'), score: number })),
    usage: object({
      prompt_tokens: integer,
      total_tokens: integer,
      completion_tokens: integer,
      prompt_tokens_details: nothing,
    }),
  }),
  /** One request per distinct query, so that what its pairs share is computed once. */
  toRequests: ({ ...body }) => groupsOf(body).map((group) => everyDocument(toldRequest({ ...body, ...group }))),
  /** In the order of the request, not ranked. */
  toAnswer: (rankings, body, context) => {
    const scores = scoresInOrder(groupsOf(body), rankings, scoreOf(body));
    const tokens = rankings.reduce((total, { promptTokens }) => total + promptTokens, 0);
    return {
      id: `score-${context.requestId}`,
      object: 'list' as const,
      created: context.createdSeconds,
      model: body.model ?? context.servedModel,
      data: scores.map((score, index) => ({ index, object: 'score' as const, score })),
      usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0, prompt_tokens_details: null },
    };
  },
  example: EXAMPLE,
});

/** `POST /score` of vLLM, with vLLM's errors. */
export const vllmScore = defineDialect({
  ...vllmScoreShared,
  ...vllmErrors,
  mounts: ['/vllm/v1/score'],
  example: { ...EXAMPLE, code: { title: 'vLLM score' } },
});

function groupsOf(body: VllmScoreDto): PairGroup[] {
  for (const [one, other] of SCORE_SIDES) {
    const [left, right] = [body[one], body[other]];
    if (left && right) return groupPairs(listOf(left), listOf(right));
  }
  throw new InvalidRequestError('queries', 'send queries and documents, or text_1 and text_2');
}
