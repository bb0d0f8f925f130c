import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { MAX_TEXT_CHARACTERS: '1000' } });

it.each([
  ['query', { query: 'x'.repeat(1001), documents: ['a'] }],
  ['instruction', { query: 'q', documents: ['a'], instruction: 'x'.repeat(1001) }],
  ['documents[1]', { query: 'q', documents: ['a', 'x'.repeat(1001)] }],
])('refuses a %s of too many characters', async (name, body) => {
  const response = await app().post('/rerank', body);
  expect(response.statusCode).toBe(422);
  expect(response.json<{ message: string }>().message).toBe(`${name} has 1001 characters, at most 1000 are taken`);
});

it('is what a client of text-embeddings-inference gets for a field that is wrong', async () => {
  const response = await app().post('/tei/rerank', { query: 'q', texts: [1] });
  expect(response.statusCode).toBe(422);
  expect(response.json()).toMatchObject({ error_type: 'Validation' });
});
