import type { Ranking } from '#libs/rerank';
import { dialectFor } from '../dialects.js';
import type { Route } from '../dispatch/dispatch.js';
import type { AnswerContext, DialectName } from '../shared/dialect.js';

const QUERY = 'What is machine learning?';
const TEXTS = [
  'Python is a programming language.',
  'Machine learning is a subset of artificial intelligence that enables computers to learn from data.',
];

const PLAIN = { query: QUERY, documents: TEXTS };
const WITH_MODEL = { model: 'reranker', ...PLAIN };

const REQUESTS: Readonly<Record<DialectName, object>> = {
  native: PLAIN,
  generic: { ...WITH_MODEL, top_n: 2, return_documents: true },
  'cohere-v1': { ...WITH_MODEL, top_n: 2, return_documents: true },
  'cohere-v2': { ...WITH_MODEL, top_n: 2 },
  jina: { ...WITH_MODEL, top_n: 2 },
  voyage: { ...WITH_MODEL, top_k: 2 },
  tei: { query: QUERY, texts: TEXTS },
  vllm: WITH_MODEL,
  'vllm-score': { model: 'reranker', text_1: QUERY, text_2: TEXTS },
  infinity: { ...WITH_MODEL, return_documents: true, raw_scores: false },
  sglang: PLAIN,
  'sglang-score': { query: QUERY, items: TEXTS, label_token_ids: [9693, 2152], apply_softmax: true },
  nim: { model: 'reranker', query: { text: QUERY }, passages: TEXTS.map((text) => ({ text })) },
  mixedbread: { model: 'reranker', query: QUERY, input: TEXTS, top_k: 2 },
  'string-document': WITH_MODEL,
  'rag-api': {
    query: QUERY,
    candidates: TEXTS.map((text, id) => ({ id: String(id), text, base_score: 0.5 })),
    top_n: 2,
  },
};

export const EXAMPLE_RANKING: Ranking = {
  ranked: [
    { index: 1, relevanceScore: 0.9375, rawScore: 2.708, tokenCount: 96, truncated: false },
    { index: 0, relevanceScore: 0.0625, rawScore: -2.708, tokenCount: 84, truncated: false },
  ],
  documents: 2,
  duplicateDocuments: 0,
  promptTokens: 180,
  pairTokens: [16, 28],
  prefixTokens: 68,
  uniqueTokens: 112,
  truncatedDocuments: 0,
  timing: { tokenizeSeconds: 0, queueSeconds: 0, computeSeconds: 0 },
};

export const EXAMPLE_CONTEXT: AnswerContext = {
  requestId: '5f1c9d3e-6a3b-4a51-9d6f-0c1d2e3f4a5b',
  servedModel: 'embedded',
  createdSeconds: 1_764_000_000,
  labels: { yesId: 9693, noId: 2152 }, // Qwen3's
};

export function requestExample({ dialect }: Route): object {
  return REQUESTS[dialect];
}

/** What the dialect makes of one ranking: an example that cannot differ from the code. */
export function answerExample(route: Route): unknown {
  const dialect = dialectFor(route);
  return dialect.toAnswer([EXAMPLE_RANKING], Object.assign(new dialect.body(), requestExample(route)), EXAMPLE_CONTEXT);
}
