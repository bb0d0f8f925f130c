import { Buffer } from 'node:buffer';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { oneRequest } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { either, exactly, integer, list, number, object } from '../schema.js';

@Shows({
  model: { type: String },
  top_n: { type: 'integer' },
  latency: { enum: ['fast', 'slow'], description: 'Not read: there is one kind.' },
})
class ZeroEntropyRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly string[];

  readonly latency?: unknown;
}

/** `POST /v1/models/rerank` of ZeroEntropy, whose service closed in September 2026. */
export const zeroEntropy = defineDialect({
  name: 'zeroentropy',
  mounts: ['/zeroentropy/v1/models/rerank', '/v1/models/rerank'],
  request: ZeroEntropyRerankDto,
  answer: object({
    results: list(object({ index: integer, relevance_score: number })),
    total_bytes: integer,
    total_tokens: integer,
    e2e_latency: number,
    inference_latency: number,
    actual_latency_mode: either(exactly('fast'), exactly('slow')),
  }),
  toRequests: oneRequest(),
  toAnswer: ([ranking], body) => {
    const score = scoreOf(body);
    const { tokenizeSeconds, queueSeconds, computeSeconds } = ranking.timing;
    const texts = [body.query, ...body.documents].map((text) => JSON.stringify(text));
    return {
      results: ranking.ranked.map((document) => ({ index: document.index, relevance_score: score(document) })),
      total_bytes: texts.reduce((total, text) => total + Buffer.byteLength(text), 0),
      total_tokens: ranking.promptTokens,
      e2e_latency: tokenizeSeconds + queueSeconds + computeSeconds,
      inference_latency: computeSeconds,
      actual_latency_mode: 'fast' as const,
    };
  },
  example: {
    request: (query, documents) => ({ model: 'zerank-2', query, documents }),
    code: { title: 'ZeroEntropy' },
  },
});
