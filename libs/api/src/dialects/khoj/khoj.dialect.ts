import { toRequest } from '../../shared/rerank-options.js';
import { validBody } from '../../shared/validation.js';
import { defineDialect } from '../dialect.js';
import { NimRankingDto } from '../nim/nim.dto.js';
import { list, number, object } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { hasObjectOnly } from '../signs.js';
import { KhojRerankDto } from './khoj.dto.js';

/** Khoj's inference endpoint: a score per passage in their order. Khoj calls it where the URL has "huggingface" in it. */
export const khoj = defineDialect({
  name: 'khoj',
  mounts: ['/huggingface', '/huggingface/rerank', ...ANY_RERANK],
  matches: hasObjectOnly('inputs', 'passages'),
  request: KhojRerankDto,
  answer: object({ scores: list(number) }),
  toRequests: ({ inputs }) => {
    const { query, passages } = validBody(NimRankingDto, inputs);
    return [toRequest(query, passages, {})];
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
