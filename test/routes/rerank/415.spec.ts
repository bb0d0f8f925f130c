import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();
const BODY = JSON.stringify({ query: 'q', documents: ['a'] });

it.each([
  [{ 'content-type': 'application/x-www-form-urlencoded' }, /not application\/x-www-form-urlencoded/u],
  [{ 'content-type': 'text/plain' }, /not text\/plain/u],
  [{ 'content-type': 'multipart/form-data; boundary=x' }, /not multipart\/form-data/u],
  [{ 'content-type': 'image/png' }, /must be JSON: send Content-Type/u],
  [{ 'content-encoding': 'gzip' }, /not gzip/u],
  [{ 'content-encoding': 'br' }, /not br/u],
  [{ 'content-encoding': 'secret' }, /send it as it is$/u],
])('refuses %o and names it', async (headers, message) => {
  const response = await app().post('/rerank', BODY, headers);
  expect(response.statusCode).toBe(415);
  expect(response.json<{ message: string }>().message).toMatch(message);
});

it.each(['application/json; charset=utf-8', 'Application/JSON'])('takes %s', async (type) => {
  expect((await app().post('/rerank', BODY, { 'content-type': type })).statusCode).toBe(200);
});
