import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsInt, IsOptional } from 'class-validator';
import { InvalidRequestError } from '#libs/rerank';
import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { OneQueryDto, RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { everyDocument, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { usage, usageOf, withStrings } from '../../shared/results.js';
import { defineDialect, type AnswerContext } from '../dialect.js';
import { exactly, integer, list, number, object, text } from '../schema.js';
import { SCORE } from '../shared-paths.js';
import { hasList } from '../signs.js';

/** `POST /v1/rerank` of SGLang. */
@Shows({
  instruct: { type: String },
  top_n: { type: 'integer' },
  return_documents: { type: Boolean, default: true },
})
class SglangRerankDto extends OneQueryDto {}

/** Of yes and no. Each has a score in each item of the answer. */
const LABELS = 2;

/** `POST /v1/score` of SGLang, how its users ask a Qwen3-Reranker for yes and no. */
class SglangScoreDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly items: readonly DocumentInput[];

  @ApiProperty({
    type: 'array',
    items: { type: 'integer' },
    maxItems: LABELS,
    description: 'The ids of yes and no, in any order.',
  })
  @IsInt({ each: true, message: '$property must be an array of token ids' })
  @ArrayMaxSize(LABELS, { message: `$property must hold at most ${LABELS} token ids, those of yes and no` })
  @ArrayNotEmpty({ message: '$property must be an array of token ids' })
  @IsArray({ message: '$property must be an array of token ids' })
  readonly label_token_ids: readonly number[];

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Not needed: the probabilities sum to 1.' })
  @IsOptional()
  @IsBoolean({ message: '$property must be true or false' })
  readonly apply_softmax?: boolean;
}

const item = object(
  { score: number, index: integer, meta_info: object({ id: text, prompt_tokens: integer }) },
  { document: text },
);

/** `POST /v1/rerank` of SGLang: a bare array. */
export const sglang = defineDialect({
  name: 'sglang',
  mounts: ['/sglang/v1/rerank'],
  request: SglangRerankDto,
  answer: list(item),
  toRequests: oneRequest(),
  toAnswer: ([ranking], body, { requestId }) =>
    withStrings(ranking, body.documents, body, wantsDocuments(body) !== false).map(
      ({ relevance_score: score, document, index }, rank) => {
        const meta_info = { id: requestId, prompt_tokens: ranking.ranked[rank]!.tokenCount };
        return document === undefined ? { score, index, meta_info } : { score, document, index, meta_info };
      },
    ),
  example: {
    request: (query, documents) => ({ query, documents }),
    list: '',
    score: 'score',
    code: { title: 'SGLang', instruction: 'instruct' },
  },
});

/** `POST /v1/score` of SGLang: the probabilities of the labels, per item in the order of the request. */
export const sglangScore = defineDialect({
  name: 'sglang-score',
  mounts: ['/sglang/v1/score', ...SCORE],
  matches: hasList('label_token_ids'),
  request: SglangScoreDto,
  answer: object({ scores: list(list(number)), model: text, usage, object: exactly('scoring') }),
  toRequests: ({ items, ...body }) => [everyDocument(...oneRequest()({ ...body, documents: items }))],
  toAnswer: ([ranking], body, { labels, servedModel }) => {
    requireLabels(body.label_token_ids, labels);
    const inOrder = ranking.ranked.toSorted((a, b) => a.index - b.index);
    return {
      scores: inOrder.map(({ relevanceScore }) =>
        body.label_token_ids.map((id) => (id === labels.yesId ? relevanceScore : 1 - relevanceScore)),
      ),
      model: body.model ?? servedModel,
      usage: usageOf(ranking),
      object: 'scoring' as const,
    };
  },
  example: {
    // The ids of yes and no in Qwen3's vocabulary.
    request: (query, items) => ({ query, items, label_token_ids: [9693, 2152], apply_softmax: true }),
    list: 'scores',
    score: '',
    inOrder: true,
  },
});

function requireLabels(ids: readonly number[], { yesId, noId }: AnswerContext['labels']) {
  if (ids.every((id) => id === yesId || id === noId)) return;
  const message = `label_token_ids must be the ids of yes (${yesId ?? 'none'}) and no (${noId ?? 'none'}): this server scores no others`;
  throw new InvalidRequestError('label_token_ids', message);
}
