import type { FastifyReply } from 'fastify';
import type { Ranking, RerankRequest } from '#libs/rerank';

/** text-embeddings-inference's headers: where the time went, in milliseconds, and how much was computed. */
export function setTimeHeaders(
  reply: FastifyReply,
  requests: readonly RerankRequest[],
  rankings: readonly Ranking[],
): void {
  const sum = (valueOf: (ranking: Ranking) => number) =>
    rankings.reduce((total, ranking) => total + valueOf(ranking), 0);
  reply.headers({
    'x-compute-type': 'text',
    'x-compute-time': String(Math.round(reply.elapsedTime)),
    'x-compute-characters': String(requests.reduce((total, request) => total + charactersOf(request), 0)),
    'x-compute-tokens': String(sum(({ promptTokens }) => promptTokens)),
    'x-total-time': String(Math.round(reply.elapsedTime)),
    'x-tokenization-time': milliseconds(sum(({ timing }) => timing.tokenizeSeconds)),
    'x-queue-time': milliseconds(sum(({ timing }) => timing.queueSeconds)),
    'x-inference-time': milliseconds(sum(({ timing }) => timing.computeSeconds)),
  });
}

function milliseconds(seconds: number): string {
  return String(Math.round(seconds * 1000));
}

function charactersOf({ query, documents }: RerankRequest): number {
  return documents.reduce((total, document) => total + document.length, query.length);
}
