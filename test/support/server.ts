import { afterAll, beforeAll } from 'vitest';
import { ServerProcess, type Variables } from '#apps/workshop';

const READY_TIMEOUT_MS = 60_000;
/** Nothing else is inherited. Made-up weights rank nothing, and tests count what is computed. */
const INHERITED = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
const SETTINGS = { DTYPE: 'f32', MODEL_CHECK: 'off' };

/** The compiled server for a test. */
export class TestServer extends ServerProcess {
  constructor(env: Variables = {}) {
    super({ env: { ...SETTINGS, ...env }, inherited: INHERITED, limitMs: READY_TIMEOUT_MS });
  }

  static start(env: Variables = {}, options: { readonly ready?: boolean } = {}): Promise<TestServer> {
    return new TestServer(env).start(options);
  }

  /** Starts without waiting, for a server that is expected to refuse. */
  static spawn(env: Variables = {}): TestServer {
    return new TestServer(env).spawn();
  }

  /** For the time of `work`. */
  static async with<Result>(env: Variables, work: (server: TestServer) => Promise<Result>): Promise<Result> {
    const server = await TestServer.start(env);
    try {
      return await work(server);
    } finally {
      await server.stop();
    }
  }

  /** For all tests of a file, or of a `describe`; `prepare` writes what it starts with. */
  static forAll(env: Variables = {}, prepare: () => void = () => undefined): TestServer {
    const server = new TestServer(env);
    beforeAll(async () => {
      prepare();
      await server.start();
    }, 120_000);
    afterAll(() => server.stop('SIGKILL'), READY_TIMEOUT_MS);
    return server;
  }

  /** What a JSON document of the server says. */
  async json<Answer = Record<string, unknown>>(route: string): Promise<Answer> {
    return (await (await fetch(this.url + route)).json()) as Answer;
  }

  /** The scores that /rerank answers, in the order of the documents. */
  async scores(body: object): Promise<number[]> {
    const response = await this.post('/rerank', body);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    const { results } = (await response.json()) as { results: { index: number; relevance_score: number }[] };
    return results.toSorted((a, b) => a.index - b.index).map((result) => result.relevance_score);
  }
}
