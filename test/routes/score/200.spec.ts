import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();
const TEXTS = ['one', 'one two three', 'one two'];

interface Answer {
  readonly data: readonly { readonly index: number; readonly score: number }[];
}

it('scores a text with each of others, and pairs one with one, in the order of the request', async () => {
  const one = await app().post('/score', { text_1: 'q', text_2: TEXTS });
  const pairs = await app().post('/score', { text_1: TEXTS.map(() => 'q'), text_2: TEXTS });
  expect([one.statusCode, pairs.statusCode]).toEqual([200, 200]);
  const scores = one.json<Answer>().data.map(({ score }) => score);
  expect(scores[1]).toBeGreaterThan(scores[2]!);
  expect(scores[2]).toBeGreaterThan(scores[0]!);
  expect(pairs.json<Answer>().data).toEqual(one.json<Answer>().data);
});
