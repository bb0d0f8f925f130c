import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll } from 'vitest';
import { ConfiguredModel, createApp } from '#apps/server';
import { loadConfig } from '#libs/config';
import { createLogger } from '#libs/logging';
import { ModelService } from '#libs/model-service';
import { EngineScript } from './scripted-engine.js';
import { startInThread } from './in-thread-tokenizers.js';

interface Settings {
  readonly env?: Readonly<Record<string, string>>;
  /** False: the model is not started. */
  readonly ready?: boolean;
}

type Line = Readonly<Record<string, unknown>>;

/** The whole server but for its port, its threads and its engine's process: answers in milliseconds. */
export class TestApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly engine: EngineScript,
    private readonly lines: readonly string[],
  ) {}

  static async start({ env = {}, ready = true }: Settings = {}): Promise<TestApp> {
    const { config } = loadConfig({ MODEL_CHECK: 'off', ...env });
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', requests: true }, { write: (line) => void lines.push(line) });
    const engine = new EngineScript();
    const ports = { startTokenizers: startInThread, startEngine: engine.start };
    const app = await createApp(config, logger, new ConfiguredModel(config, logger, ports));
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const started = new TestApp(app, engine, lines);
    if (ready) await started.becomeReady();
    return started;
  }

  get log(): readonly Line[] {
    return this.lines.map((line) => JSON.parse(line) as Line);
  }

  async becomeReady(): Promise<void> {
    const model = this.app.get(ModelService);
    const ready = new Promise((resolve) => void model.events.once('ready', resolve));
    await model.start();
    await ready;
  }

  /** An object is sent as JSON, a text as it is, with the type of JSON unless the headers name another one. */
  post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<LightMyRequestResponse> {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    return this.app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<LightMyRequestResponse> {
    return this.inject({ method: 'GET', url, headers });
  }

  inject(options: InjectOptions): Promise<LightMyRequestResponse> {
    return this.app.inject(options);
  }

  /** The value of a series, such as `rerank_requests_total{dialect="native",status="200"}`. */
  async metric(series: string): Promise<number> {
    const { payload } = await this.get('/metrics');
    const line = payload.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    if (line === undefined) throw new Error(`no series ${series}`);
    return Number(line.slice(series.length));
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** One for all tests of a file, or of a `describe`. */
export function useTestApp(settings: Settings = {}): () => TestApp {
  let started: TestApp;
  beforeAll(async () => {
    started = await TestApp.start(settings);
  }, 60_000);
  afterAll(() => started.close());
  return () => started;
}
