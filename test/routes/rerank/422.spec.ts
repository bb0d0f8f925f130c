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

it.each([{ texts: [1] }, { texts: -0.5, documents: ['a'] }, { texts: [null], documents: ['a'] }])(
  'is what a client of text-embeddings-inference gets for %j',
  async (fields) => {
    const response = await app().post('/tei/rerank', { query: 'q', ...fields });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ error_type: 'Validation' });
  },
);
