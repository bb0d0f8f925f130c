import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();

it.each([
  [{}, /send queries and documents/u],
  [{ text_1: ['a', 'b'], text_2: ['a', 'b', 'c'] }, /2|3/u],
])('refuses %o', async (body, message) => {
  const response = await app().post('/score', body);
  expect(response.statusCode).toBe(400);
  expect(response.payload).toMatch(message);
});
