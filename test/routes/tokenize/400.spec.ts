import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { MAX_DOCUMENTS: '2', MAX_TEXT_CHARACTERS: '1000' } });

it.each([
  ['inputs of numbers', { inputs: [1] }, 400],
  ['no texts', { inputs: [] }, 400],
  ['a prompt that is a list', { prompt: ['a'] }, 400],
  ['more texts than MAX_DOCUMENTS', { inputs: ['a', 'b', 'c'] }, 400],
  ['texts that are together too long', { inputs: ['x'.repeat(600), 'x'.repeat(600)] }, 422],
])('refuses %s', async (_name, body, status) => {
  expect((await app().post('/vllm/tokenize', body)).statusCode).toBe(status);
});
