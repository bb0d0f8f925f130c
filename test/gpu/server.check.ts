// The whole server on the emulated device, parts of which lie: it says so at /health, and ranks without them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '#apps/server';
import { until } from '#apps/workshop';
import { loadConfig, type AppConfig } from '#libs/config';
import { createLogger } from '#libs/logging';
import { ModelService } from '#libs/model-service';

type Server = Awaited<ReturnType<typeof createApp>>;

const QUESTION = {
  query: 'What is machine learning?',
  documents: [
    'Machine learning is a subset of artificial intelligence that enables computers to learn from data.',
    'Python is a programming language.',
    'Neural networks are computing systems inspired by biological brains.',
  ],
};
/** What README.md shows, in float32. */
const EXPECTED = [
  [0, 0.901],
  [2, 0.481],
  [1, 0.258],
] as const;
const TOLERANCE = 2e-2;

describe('a server whose GPU lies', () => {
  let server: Server;
  let address: string;

  beforeAll(async () => {
    process.env['EMULATION_LIES'] = 'swiglu';
    const { config } = loadConfig({ BACKEND: 'libtorch', DTYPE: 'bf16', HOST: '127.0.0.1' });
    server = await createApp(onEmulated(config), createLogger({ level: 'error', requests: false }));
    await server.listen({ port: 0, host: '127.0.0.1' });
    address = await server.getUrl();
    await server.get(ModelService).start();
    await until(async () => (await fetch(`${address}/health/ready`)).ok);
  });

  afterAll(async () => {
    delete process.env['EMULATION_LIES'];
    await server.close();
  });

  it('names at /health what lied, and is healthy', async () => {
    const answer = await fetch(`${address}/health`);
    const body = (await answer.json()) as { passed_over: string[] };
    process.stdout.write(`${JSON.stringify(body)}\n`);
    expect(answer.status).toBe(200);
    expect(body.passed_over.filter((text) => text.startsWith('swiglu'))).toEqual([
      expect.stringMatching(/^swiglu: differs from the operations that it stands for by /u),
    ]);
  });

  it('ranks as a right device does', async () => {
    const answer = await fetch(`${address}/rerank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(QUESTION),
    });
    const { results } = (await answer.json()) as { results: { index: number; relevance_score: number }[] };
    process.stdout.write(`${JSON.stringify(results)}\n`);
    expect(results.map(({ index }) => index)).toEqual(EXPECTED.map(([index]) => index));
    for (const [place, [, score]] of EXPECTED.entries()) {
      expect(Math.abs(results[place]!.relevance_score - score)).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});

/** No variable names that device: a user has none. */
function onEmulated(config: AppConfig): AppConfig {
  return { ...config, device: Object.create(config.device, { DEVICE: { value: 'emulated' } }) as AppConfig['device'] };
}
