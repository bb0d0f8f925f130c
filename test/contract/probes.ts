import { expect, it } from 'vitest';
import { ASKED } from './asked.js';
import { KEY, type Context } from './context.js';

const AUTHORIZED = { authorization: `Bearer ${KEY}` };

/** What clients ask before they rerank, and what they read of the answer. */
export function probes(context: Context): void {
  const get = async (route: string, headers: Readonly<Record<string, string>> = AUTHORIZED) => {
    const response = await fetch(context.server.url + route, { headers });
    return { status: response.status, body: (await response.json()) as unknown };
  };

  it.each(['/info', '/v1/info', '/tei/info'])('%s has what Continue and Dify read of TEI', async (route) => {
    expect(await get(route)).toMatchObject({
      status: 200,
      body: {
        model_id: expect.any(String),
        model_type: { reranker: expect.any(Object) },
        max_input_length: expect.any(Number),
        max_client_batch_size: expect.any(Number),
      },
    });
  });

  it.each(['/v1/models', '/models', '/vllm/v1/models', '/nim/v1/models', '/v1/v1/models', '/openai/v1/models'])(
    '%s names the model and its length',
    async (route) => {
      const model = { id: expect.any(String), max_model_len: expect.any(Number) };
      expect(await get(route)).toMatchObject({ status: 200, body: { object: 'list', data: [model] } });
    },
  );

  it.each(['/v1', '/v1/v1'])('%s: a model of any name is a reranker, as Xinference asks', async (version) => {
    const answer = await get(`${version}/models/some-vendor/some-model`);
    expect(answer).toMatchObject({ status: 200, body: { id: 'some-vendor/some-model', model_type: 'rerank' } });
    expect(await get(`${version}/models/any`)).toMatchObject({
      status: 200,
      body: { id: 'any', model_type: 'rerank' },
    });
  });

  it.each(['/v1', '/v1/v1'])('%s: Xinference is told without a key that it needs one', async (version) => {
    expect(await get(`${version}/cluster/auth`, {})).toEqual({ status: 200, body: { auth: true } });
  });

  it.each(['/v1/check-api-key', '/cohere/v1/check-api-key'])(
    "%s tells Cohere's clients if a key is valid",
    async (route) => {
      const checked = (headers: Readonly<Record<string, string>>) =>
        fetch(context.server.url + route, { method: 'POST', headers });
      const right = await checked(AUTHORIZED);
      expect([right.status, await right.json()]).toEqual([200, { valid: true }]);
      expect((await checked({ authorization: 'Bearer wrong' })).status).toBe(401);
    },
  );

  it('tokens of inputs have what TEI says of them', async () => {
    const body = { inputs: ['Bücher!', 'ok'] };
    for (const route of ['/tokenize', '/tei/tokenize']) {
      const response = await context.server.post(route, body, AUTHORIZED);
      const [first, second] = (await response.json()) as { text: string; start: number; stop: number }[][];
      expect(second).toEqual([{ id: expect.any(Number), text: 'ok', special: false, start: 0, stop: 2 }]);
      expect(first!.at(-1)).toMatchObject({ text: '!', start: 7, stop: 8 });
    }
  });

  it.each([
    [{ inputs: [] }, 400, 'Empty'],
    [{ inputs: [7] }, 422, 'Validation'],
    [{}, 422, 'Validation'],
    ['no JSON', 400, 'Validation'],
  ])('tokens of %o are refused with %s, %s', async (body, status, type) => {
    const response = await context.server.post('/tei/tokenize', body, AUTHORIZED);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String), error_type: type });
  });

  it.each(['/v1/health/live', '/v1/health/ready'])('%s answers NIM without a key', async (route) => {
    expect(await get(route, {})).toMatchObject({ status: 200, body: { object: 'health.response' } });
  });

  it('/ping answers without a key and without a body', async () => {
    const response = await fetch(`${context.server.url}/ping`);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it("a ranking has TEI's headers and the caller's id", async () => {
    const headers = { ...AUTHORIZED, 'x-request-id': 'mine' };
    const response = await context.server.post('/rerank', { query: ASKED.query, texts: ASKED.documents }, headers);
    expect(response.headers.get('x-request-id')).toBe('mine');
    expect(Number(response.headers.get('x-compute-tokens'))).toBeGreaterThan(0);
    for (const name of ['total', 'tokenization', 'queue', 'inference']) {
      expect(response.headers.get(`x-${name}-time`)).toMatch(/^\d+$/u);
    }
  });
}
