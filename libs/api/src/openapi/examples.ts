import type { Ranking } from '#libs/rerank';
import type { AnswerContext, Dialect } from '../dialects/dialect.js';

const QUERY = 'What is machine learning?';
const TEXTS = [
  'Python is a programming language.',
  'Machine learning is a subset of artificial intelligence that enables computers to learn from data.',
];

export const EXAMPLE_RANKING: Ranking = {
  priorityClass: 0,
  ranked: [
    { index: 1, relevanceScore: 0.9375, rawScore: 2.708, tokenCount: 96, truncated: false },
    { index: 0, relevanceScore: 0.0625, rawScore: -2.708, tokenCount: 84, truncated: false },
  ],
  documents: 2,
  duplicateDocuments: 0,
  promptTokens: 180,
  spanTokens: 0,
  pairTokens: [16, 28],
  prefixTokens: 68,
  uniqueTokens: 112,
  truncatedDocuments: 0,
  queryTruncated: false,
  timing: { tokenizeSeconds: 0, queueSeconds: 0, computeSeconds: 0 },
};

export const EXAMPLE_CONTEXT: AnswerContext = {
  requestId: '5f1c9d3e-6a3b-4a51-9d6f-0c1d2e3f4a5b',
  servedModel: 'embedded',
  createdSeconds: 1_764_000_000,
  labels: { yesId: 9693, noId: 2152 }, // Qwen3's
};

export function requestExample({ example }: Dialect): object {
  return example.request(QUERY, TEXTS);
}

/** What the dialect makes of one ranking: an example that cannot differ from the code. */
export function answerExample(dialect: Dialect): unknown {
  return answerOf(dialect, requestExample(dialect));
}

export function answerOf(dialect: Dialect, body: object): unknown {
  return dialect.toAnswer([EXAMPLE_RANKING], Object.assign(new dialect.request(), body), EXAMPLE_CONTEXT);
}
