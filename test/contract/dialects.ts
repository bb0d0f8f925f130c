import { expect, it } from 'vitest';
import { DIALECTS, dialectsAt, RERANK_ROUTES, spelledPath, type Dialect } from '#libs/api';
import { KEY, type Context } from './context.js';
import { ASKED, type Scored } from './asked.js';

const { query, documents } = ASKED;

/** Every dialect on each of its paths; a parameter of a path may be anything. */
const CASES = DIALECTS.flatMap((dialect) =>
  dialect.mounts.map((mount) => ({ name: dialect.name, dialect, path: urlOf(mount) })),
);
const SPELLINGS = RERANK_ROUTES.filter((route) => spelledPath(route) !== route);

export function sameThroughEveryDialect(context: Context): void {
  it.each(CASES)('$name at $path: the same order and scores', async ({ dialect, path }) => {
    const items = await rankedBy(dialect, path, context);
    const ranked = items.toSorted((a, b) => b.score - a.score);
    // A score API answers in the order of the request; every other one ranks.
    expect(items).toEqual(dialect.example.inOrder === true ? items.toSorted((a, b) => a.index - b.index) : ranked);
    expect(ranked.map(({ index }) => index)).toEqual(context.expected.map(({ index }) => index));
    ranked.forEach(({ score }, place) => expect(score).toBeCloseTo(context.expected[place]!.score, 6));
  });

  // Each is a route of its own, which another one with a parameter in it may not take.
  it('each spelling of a path answers as the path does', async () => {
    expect(SPELLINGS.length).toBeGreaterThan(100);
    for (const path of new Set(SPELLINGS.map(spelledPath))) {
      const dialect = dialectsAt(path).at(-1)!;
      const expected = await rankedBy(dialect, urlOf(path), context);
      for (const route of SPELLINGS.filter((spelling) => spelledPath(spelling) === path)) {
        const ranked = await rankedBy(dialect, urlOf(route), context);
        expect({ route, ranked }).toEqual({ route, ranked: expected });
      }
    }
  }, 600_000);

  it('in pairs: the same scores', async () => {
    const body = { queries: documents.map(() => query), documents };
    const response = await context.server.post('/score', body, { authorization: `Bearer ${KEY}` });
    const { data } = (await response.json()) as { data: Scored[] };
    for (const { index, score } of context.expected) expect(data[index]!.score).toBeCloseTo(score, 6);
  });
}

function urlOf(route: string): string {
  return route.replaceAll(/:\w+/gu, 'some-model');
}

async function rankedBy(dialect: Dialect, url: string, context: Context): Promise<Scored[]> {
  const body = await bodyOf(dialect, context);
  const headers = { authorization: `Bearer ${KEY}`, ...dialect.example.headers };
  const response = await context.server.post(url, body, headers);
  expect({ url, status: response.status }).toEqual({ url, status: 200 });
  return scoredItems(await response.json(), dialect);
}

/** The example's, with the ids that the embedded model has for yes and no. */
async function bodyOf({ example }: Dialect, context: Context): Promise<object> {
  const body = example.request(query, documents);
  if (!('label_token_ids' in body)) return body;
  const idOf = async (prompt: string) => {
    const answer = await context.server.post('/tokenize', { prompt }, { authorization: `Bearer ${KEY}` });
    return ((await answer.json()) as { tokens: number[] }).tokens[0]!;
  };
  return { ...body, label_token_ids: [await idOf('yes'), await idOf('no')] };
}

/** Raw scores as the probabilities that they are. */
function scoredItems(answer: unknown, { example: { list, score } }: Dialect): Scored[] {
  const keys = list === '' ? [] : list.split('.');
  const items = keys.reduce((value, key) => (value as Record<string, unknown>)[key], answer) as unknown[];
  return items.map((item, place) => {
    if (typeof item === 'number') return { index: place, score: item };
    if (Array.isArray(item)) return { index: place, score: firstScore(item[0]) };
    const { index = place, [score]: value } = item as { index?: number } & Record<string, number>;
    return { index, score: score === 'logit' ? 1 / (1 + Math.exp(-value!)) : value! };
  });
}

/** Of probabilities by label, or of TEI's predictions. */
function firstScore(item: unknown): number {
  return typeof item === 'number' ? item : (item as { score: number }).score;
}
