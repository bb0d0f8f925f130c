import type { DocumentInput, QueryInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, oneRequest } from '../../shared/rerank-options.js';
import { promptUsage, promptUsageOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { integer, list, number, object } from '../schema.js';
import { RERANKING, V1_RERANK } from '../shared-paths.js';
import { hasListOnly } from '../signs.js';

const TEXT = { type: 'object', properties: { text: { type: 'string' } } } as const;

@Shows({
  model: { type: String },
  truncate: { enum: ['NONE', 'END'], description: 'NONE: a passage that is too long is an error.' },
})
export class NimRankingDto extends RerankOptionsDto {
  @QueryField({ example: { text: 'What is machine learning?' } }) readonly query: QueryInput;

  @DocumentsField({
    items: TEXT,
    example: [{ text: 'Machine learning learns from data.' }, { text: 'Python is a snake.' }],
  })
  readonly passages: readonly DocumentInput[];
}

const HOSTED = ['/v1/retrieval/:model/reranking', '/v1/retrieval/:vendor/:model/reranking'];
const RAGFLOW = ['/:model/reranking', '/v1/:model/reranking'];
const OWN = ['/v1/ranking', ...HOSTED, ...RAGFLOW];

/** `POST /v1/ranking` of an NVIDIA NIM. */
export const nim = defineDialect({
  name: 'nim',
  mounts: [...OWN.map((path) => `/nim${path}`), '/nim/reranking', ...OWN, ...V1_RERANK, ...RERANKING],
  matches: hasListOnly('passages'),
  request: NimRankingDto,
  answer: object({ rankings: list(object({ index: integer, logit: number })), usage: promptUsage }),
  /** A NIM has no `top_k`, so its clients send none; LiteLLM does, and means it. */
  toRequests: ({ passages, ...body }) =>
    oneRequest(body.truncate === 'END' ? LONG_QUERIES.half : undefined)({ ...body, documents: passages }),
  /** Raw scores, unbounded, best first. */
  toAnswer: ([ranking]) => ({
    rankings: ranking.ranked.map(({ index, rawScore }) => ({ index, logit: rawScore })),
    usage: promptUsageOf(ranking),
  }),
  example: {
    request: (query, texts) => ({
      model: 'qwen3-reranker',
      query: { text: query },
      passages: texts.map((text) => ({ text })),
    }),
    list: 'rankings',
    score: 'logit',
    code: { title: 'NVIDIA NIM' },
  },
});
