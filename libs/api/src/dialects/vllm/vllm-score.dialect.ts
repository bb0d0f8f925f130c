import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { InvalidRequestError } from '#libs/rerank';
import { listOf, textOf, type DocumentInput } from '../../shared/document-input.js';
import { Shows } from '../../shared/option-rules.js';
import { Pairing } from '../../shared/pairs.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { defineDialect } from '../dialect.js';
import { exactly, integer, list, nothing, number, object, text } from '../schema.js';
import { SCORE } from '../shared-paths.js';
import { toldOptions, vllmErrors } from './vllm.dialect.js';

type ScoreInput = DocumentInput | readonly DocumentInput[];

/** Names of the two sides, in the order in which vLLM tries them. */
const SCORE_SIDES = [
  ['queries', 'documents'],
  ['queries', 'items'],
  ['data_1', 'data_2'],
  ['text_1', 'text_2'],
] as const;

/** A text, or texts. */
function Side(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    ValidateBy({
      name: 'scoreInput',
      validator: {
        validate: isSide,
        defaultMessage: () => '$property must be a string or an array of at least one string',
      },
    }),
    ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
  );
}

function isSide(value: unknown): boolean {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.length > 0 && texts.every((each) => textOf(each) !== undefined);
}

/** `POST /score` and `/v1/score` of vLLM: one to one, one to many, or pairs. */
@Shows({
  model: { type: String },
  truncate_prompt_tokens: { type: 'integer', description: '-1: what the model holds.' },
  use_activation: { type: Boolean, default: true, description: 'False: logit(yes) − logit(no).' },
})
class VllmScoreDto extends RerankOptionsDto {
  @Side() readonly queries?: ScoreInput;
  @Side() readonly documents?: ScoreInput;
  @Side() readonly items?: ScoreInput;
  @Side() readonly data_1?: ScoreInput;
  @Side() readonly data_2?: ScoreInput;
  @Side() readonly text_1?: ScoreInput;
  @Side() readonly text_2?: ScoreInput;
}

const pairing = new Pairing((body: VllmScoreDto) => {
  for (const [one, other] of SCORE_SIDES) {
    const [left, right] = [body[one], body[other]];
    if (left && right) return { queries: listOf(left), documents: listOf(right) };
  }
  throw new InvalidRequestError('queries', 'send queries and documents, or text_1 and text_2');
});

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
  toRequests: (body) => pairing.requests(body, toldOptions(body)),
  /** In the order of the request, not ranked. */
  toAnswer: (rankings, body, context) => {
    const tokens = rankings.reduce((total, { promptTokens }) => total + promptTokens, 0);
    return {
      id: `score-${context.requestId}`,
      object: 'list' as const,
      created: context.createdSeconds,
      model: body.model ?? context.servedModel,
      data: pairing.scores(body, rankings).map((score, index) => ({ index, object: 'score' as const, score })),
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
