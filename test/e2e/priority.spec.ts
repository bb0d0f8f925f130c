import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const keys = path.join(temporaryFolder(), 'keys');
writeFileSync(keys, 'people\nnightly best-priority=2\n');
const server = TestServer.forAll({
  API_KEY_FILE: keys,
  // The lowest class may fill half of it.
  MAX_CONCURRENT_REQUESTS: '2',
  MAX_QUEUED_TOKENS: '10000000',
  REQUEST_TIMEOUT: '5',
  DEFAULT_PRIORITY: '1',
});

function post(key: string, fields: object, route = '/rerank'): Promise<Response> {
  return server.post(route, { query: 'q', documents: ['a'], ...fields }, { authorization: `Bearer ${key}` });
}

/** More than can be computed within REQUEST_TIMEOUT. */
const MUCH = { documents: Array.from({ length: 1000 }, (_, index) => `${index} ${'word after word '.repeat(40)}`) };

it.each([
  ['/rerank', -1],
  ['/rerank', 1000],
  ['/rerank', 1.5],
  ['/cohere/v2/rerank', 1000],
])('refuses at %s a priority of %s', async (route, priority) => {
  const answer = await post('people', { priority, model: 'm' }, route);
  expect([400, 422]).toContain(answer.status);
  expect(await answer.text()).toMatch(/priority must be/u);
});

it("keeps a key's requests in its class, whatever priority they ask for, and room for those above", async () => {
  const nightly = post('nightly', { ...MUCH, priority: 0 });
  await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
  const refused = await post('nightly', { priority: 0 });
  expect(refused.status).toBe(429);
  expect(await refused.text()).toMatch(/at most 1 requests/u);
  expect((await post('people', {})).status).toBe(200);
  const { status } = await post('people', { priority: 0, model: 'm', documents: ['b'] }, '/cohere/v2/rerank');
  expect(status).toBe(200);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toMatch(/^rerank_rejections_total\{reason="concurrent_requests",class="2"\} 1$/mu);
  expect(text).toMatch(/^rerank_queue_seconds_count\{class="1"\} 1$/mu);
  expect(text).toMatch(/^rerank_queue_seconds_count\{class="0"\} 1$/mu);
  await nightly;
}, 30_000);

it("tokenises in a key's class", async () => {
  const nightly = post('nightly', MUCH);
  await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
  const tokenised = (key: string) => server.post('/tokenize', { inputs: 'a' }, { authorization: `Bearer ${key}` });
  expect((await tokenised('nightly')).status).toBe(429);
  expect((await tokenised('people')).status).toBe(200);
  await nightly;
}, 30_000);
