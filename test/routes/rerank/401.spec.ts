import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const KEY = 'correct-horse-battery';
const app = useTestApp({ env: { API_KEY: `${KEY},second-key` } });
const BODY = { query: 'q', documents: ['a'] };

it.each([
  { authorization: `Bearer ${KEY}` },
  { authorization: `bearer ${KEY}` },
  { authorization: KEY },
  { 'x-api-key': KEY },
  { 'x-api-key': 'second-key' },
  { 'api-key': KEY },
])('opens for %o', async (headers) => {
  expect((await app().post('/rerank', BODY, headers)).statusCode).toBe(200);
});

it.each([
  {},
  { authorization: 'Bearer wrong' },
  { 'x-api-key': KEY.slice(1) },
  { 'x-api-key': KEY.slice(0, -1) },
  { 'x-api-key': `${KEY},second-key` },
])('stays closed for %o, whatever the body is', async (headers) => {
  for (const body of [BODY, 'no JSON']) {
    const response = await app().post('/rerank', body, headers);
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.payload).not.toContain(KEY);
  }
});

it.each(['/health', '/health/live', '/health/ready', '/metrics'])('leaves %s open', async (path) => {
  expect((await app().get(path)).statusCode).toBe(200);
});
