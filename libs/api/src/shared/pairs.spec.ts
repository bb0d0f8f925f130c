import { describe, expect, it } from 'vitest';
import { EXAMPLE_RANKING } from '../openapi/examples.js';
import type { DocumentInput } from './document-input.js';
import { Pairing } from './pairs.js';
import { optionsOf } from './rerank-options.js';
import { RerankOptionsDto } from './rerank-options.dto.js';

class Body extends RerankOptionsDto {
  constructor(
    readonly queries: readonly DocumentInput[],
    readonly documents: readonly DocumentInput[],
  ) {
    super();
  }
}

const LONG = 'x'.repeat(20_000);

/** The requests of a body, and how often its pairs were asked for by them and by the scores. */
function paired(body: Body) {
  let asked = 0;
  const pairing = new Pairing((of: Body) => {
    asked += 1;
    return of;
  });
  const requests = pairing.requests(body, optionsOf(body));
  const rankings = requests.map(({ documents }, group) => ({
    ...EXAMPLE_RANKING,
    // Best first: the other way round.
    ranked: documents
      .map((_, index) => ({ ...EXAMPLE_RANKING.ranked[0]!, index, relevanceScore: group + index / 10 }))
      .toReversed(),
  }));
  return { requests, scores: pairing.scores(body, rankings), asked };
}

describe('pairs', () => {
  it('of one query are one request, the text of which is not looked at', () => {
    const { requests, scores } = paired(new Body([{ text: LONG }], ['a', { text: 'b' }]));
    expect(requests).toMatchObject([{ query: LONG, documents: ['a', 'b'] }]);
    expect(scores).toEqual([0, 0.1]);
  });

  it('are a request for each text that is asked, and answered in their order', () => {
    const queries = [`${LONG}1`, 'q', `${LONG}2`, { content: [{ type: 'text', text: 'q' }] }, `${LONG}1`];
    const { requests, scores } = paired(new Body(queries, ['a', 'b', 'c', 'd', 'e']));
    expect(requests.map(({ query, documents }) => [query.slice(-2), documents])).toEqual([
      ['x1', ['a', 'e']],
      ['q', ['b', 'd']],
      ['x2', ['c']],
    ]);
    expect(scores).toEqual([0, 1, 2, 1.1, 0.1]);
  });

  it('are grouped once for the requests and for the scores', () => {
    expect(paired(new Body(['p', 'q'], ['a', 'b'])).asked).toBe(1);
  });

  it('copy no field of the body for each query', () => {
    const body = Object.assign(new Body(['p', 'q'], ['a', 'b']), { spans: true, top_n: 1, session: 's' });
    expect(paired(body).requests).toEqual([
      { query: 'p', documents: ['a'], limits: {} },
      { query: 'q', documents: ['b'], limits: {} },
    ]);
  });

  it('have as many queries as documents, or one', () => {
    expect(() => paired(new Body(['p', 'q'], ['a']))).toThrow('2 queries and 1 documents');
  });
});
