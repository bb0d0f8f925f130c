import { expect, it } from 'vitest';
import { KEY, type Context } from './context.js';
import { ASKED } from './asked.js';
import { itemsOf, scored } from './read-answer.js';
import type { Reads } from './reads.js';

const { query, documents } = ASKED;
const PLAIN = { query, documents };

/** One request in the words of every API. */
const SAME: readonly [path: string, body: object, list: Reads['list']][] = [
  ['/rerank', PLAIN, 'results'],
  ['/v1/rerank', PLAIN, 'results'],
  ['/v1/rerank', PLAIN, 'data'],
  ['/v2/rerank', { model: 'm', ...PLAIN }, 'results'],
  ['/cohere/v1/rerank', PLAIN, 'results'],
  ['/cohere/v2/rerank', { model: 'm', ...PLAIN }, 'results'],
  ['/jina/v1/rerank', PLAIN, 'results'],
  ['/v1/rerank', { query, candidates: documents.map((text, id) => ({ id, text })) }, 'results'],
  ['/voyage/v1/rerank', { model: 'm', ...PLAIN }, 'data'],
  ['/tei/rerank', { query, texts: documents }, 'array'],
  ['/', { query, texts: documents }, 'array'],
  ['/invocations', { query, texts: documents }, 'array'],
  ['/vllm/v1/rerank', { model: 'm', ...PLAIN }, 'results'],
  ['/vllm/score', { text_1: query, text_2: documents }, 'data'],
  ['/score', { queries: documents.map(() => query), documents }, 'data'],
  ['/v1/score', { text_1: query, text_2: documents }, 'data'],
  ['/infinity/rerank', PLAIN, 'results'],
  ['/sglang/v1/rerank', PLAIN, 'array'],
  ['/nim/v1/ranking', { query: { text: query }, passages: documents.map((text) => ({ text })) }, 'rankings'],
  ['/v1/ranking', { query: { text: query }, passages: documents.map((text) => ({ text })) }, 'rankings'],
  ['/v1/reranking', { query, input: documents }, 'data'],
  ['/mixedbread/v1/reranking', { query, input: documents }, 'data'],
  ['/api/rerank', { model: 'm', ...PLAIN }, 'results'],
];

export function sameThroughEveryDialect(context: Context): void {
  it('/v1/score with the ids of yes and no, as SGLang has it: the same scores', async () => {
    const idOf = async (prompt: string) => {
      const answer = await context.server.post('/tokenize', { prompt }, { authorization: `Bearer ${KEY}` });
      return ((await answer.json()) as { tokens: number[] }).tokens[0]!;
    };
    const body = {
      query,
      items: documents,
      label_token_ids: [await idOf('yes'), await idOf('no')],
      apply_softmax: true,
    };
    const response = await context.server.post('/v1/score', body, { authorization: `Bearer ${KEY}` });
    const { scores } = (await response.json()) as { scores: [number, number][] };
    for (const { index, score } of context.expected) expect(scores[index]![0]).toBeCloseTo(score, 6);
  });

  it.each(SAME)('%s %o: the same order and scores in %s', async (path, body, list) => {
    const response = await context.server.post(path, body, { authorization: `Bearer ${KEY}` });
    expect(response.status).toBe(200);
    const items = itemsOf(await response.json(), list).map((item) => scored(item));
    const ranked = items.toSorted((a, b) => b.score - a.score);
    // A score API answers in the order of the request; every other one ranks.
    expect(items).toEqual(path.endsWith('/score') ? items.toSorted((a, b) => a.index - b.index) : ranked);
    expect(ranked.map(({ index }) => index)).toEqual(context.expected.map(({ index }) => index));
    ranked.forEach(({ score }, place) => expect(score).toBeCloseTo(context.expected[place]!.score, 6));
  });
}
