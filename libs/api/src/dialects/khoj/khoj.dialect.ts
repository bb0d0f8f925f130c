import { ApiProperty } from '@nestjs/swagger';
import { IsObject } from 'class-validator';
import { LONG_QUERIES, oneRequest } from '../../shared/rerank-options.js';
import { validBody } from '../../shared/validation.js';
import { defineDialect } from '../dialect.js';
import { NimRankingDto } from '../nim/nim.dialect.js';
import { list, number, object } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { hasObjectOnly } from '../signs.js';

/** What Khoj sends to its own inference endpoint. What `inputs` holds is checked as a flat body is. */
class KhojRerankDto {
  @ApiProperty({
    type: 'object',
    properties: { query: { type: 'string' }, passages: { type: 'array', items: { type: 'string' } } },
    required: ['query', 'passages'],
  })
  @IsObject({ message: '$property must be an object with query and passages' })
  readonly inputs: object;
}

/** Khoj's inference endpoint: a score per passage in their order. Khoj calls it where the URL has "huggingface" in it. */
export const khoj = defineDialect({
  name: 'khoj',
  mounts: ['/huggingface', '/huggingface/rerank', ...ANY_RERANK],
  matches: hasObjectOnly('inputs', 'passages'),
  request: KhojRerankDto,
  answer: object({ scores: list(number) }),
  toRequests: ({ inputs }) => {
    const { query, passages } = validBody(NimRankingDto, inputs);
    return oneRequest(LONG_QUERIES.longer)({ query, documents: passages });
  },
  toAnswer: ([ranking]) => ({
    scores: ranking.ranked.toSorted((a, b) => a.index - b.index).map(({ relevanceScore }) => relevanceScore),
  }),
  example: {
    request: (query, passages) => ({ inputs: { query, passages } }),
    list: 'scores',
    score: '',
    inOrder: true,
  },
});
