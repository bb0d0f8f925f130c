import { expect, it } from 'vitest';
import { dispatch } from '../../dispatch/dispatch.js';
import { EXAMPLE_CONTEXT, EXAMPLE_RANKING } from '../../openapi/examples.js';
import { validBody } from '../../shared/validation.js';
import { zeroEntropy } from './zeroentropy.dialect.js';

const BODY = { model: 'zerank-2', query: 'é', documents: ['one', 'two'], latency: 'fast', top_n: 2 };

it.each(['/v1/models/rerank', '/models/rerank', '/zeroentropy/v1/models/rerank', '/zeroentropy/models/rerank'])(
  'is spoken at %s',
  (path) => {
    expect(dispatch({ path, headers: {}, body: BODY })).toBe(zeroEntropy);
  },
);

it('answers scores, the size of the texts as JSON, and where the time went', () => {
  const body = validBody(zeroEntropy.request, BODY);
  expect(zeroEntropy.toRequests(body)).toMatchObject([{ query: 'é', documents: ['one', 'two'], topN: 2 }]);
  const timing = { tokenizeSeconds: 1, queueSeconds: 2, computeSeconds: 4 };
  expect(zeroEntropy.toAnswer([{ ...EXAMPLE_RANKING, timing }], body, EXAMPLE_CONTEXT)).toEqual({
    results: [
      { index: 1, relevance_score: 0.9375 },
      { index: 0, relevance_score: 0.0625 },
    ],
    total_bytes: 14,
    total_tokens: 180,
    e2e_latency: 7,
    inference_latency: 4,
    actual_latency_mode: 'fast',
  });
});
