import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubServer } from '../support/hub-server.js';
import { TestServer } from '../support/server.js';
import { folderOfTest } from '../support/temporary-folder.js';
import { float32Tensor, writeSafetensors } from '../support/write-safetensors.js';

const ROOT = path.join(import.meta.dirname, '../..');
const EMBEDDED = path.join(ROOT, 'libs/embedded-model');
const DOWNLOAD = path.join(ROOT, 'dist/apps/server/src/download.js');
const COMMIT = 'abcdef1234567890abcdef1234567890abcdef12';
const MODEL = 'Org/Small-Reranker';
const ASKED = { query: 'What is the capital of France?', documents: ['Paris.', 'A cat.'] };

// Processes are started, some of them twice, on machines that have more to do.
vi.setConfig({ testTimeout: 120_000 });

let cache: string;
let hub: HubServer;

beforeEach(() => void (cache = folderOfTest()));
afterEach(() => hub.stop());

function environment(): Record<string, string> {
  return { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url };
}

function sha256OnDisk(): string {
  const file = path.join(cache, 'models--Org--Small-Reranker/snapshots', COMMIT, 'model.safetensors');
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

class Download {
  readonly process: ChildProcess;
  output = '';

  constructor(...args: string[]) {
    const env = { PATH: process.env['PATH'], HOME: cache, ...environment() };
    this.process = spawn(process.execPath, [DOWNLOAD, ...args], { cwd: cache, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (chunk) => (this.output += String(chunk)));
    }
  }

  async exit(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

describe('npm run download', () => {
  const weights = randomBytes(24 * 2 ** 20 + 5);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  beforeEach(async () => {
    const files = new Map([
      ['config.json', Buffer.from('{}')],
      ['tokenizer.json', Buffer.from('{}')],
      ['model.safetensors', weights],
    ]);
    hub = await HubServer.start(MODEL, COMMIT, files);
  });

  it('killed at 37 % goes on from there, to the same SHA-256', async () => {
    hub.faults.holdAt = 0.37;
    const killed = new Download(MODEL);
    await expect.poll(() => killed.output, { timeout: 60_000 }).toContain('download: 35 %');
    killed.process.kill('SIGKILL');
    expect(await killed.exit()).toBeNull();
    const first = hub.storageBytes;
    hub.faults.holdAt = Infinity;

    const resumed = new Download(MODEL);
    expect([await resumed.exit(), resumed.output]).toEqual([0, expect.any(String)]);
    expect(sha256OnDisk()).toBe(sha256);
    // At most a block of 1 MiB for each connection and what lay in the sockets was sent twice.
    expect(hub.storageBytes - first).toBeLessThan(0.8 * weights.length);
    expect(resumed.output).toMatch(/download: (?:25|30|35) % of 0\.03 GB/u);
    // The lock of a killed process is waited for until it shows no life.
  }, 90_000);

  it('of two processes one downloads, and both have the model', async () => {
    hub.faults.holdAt = 0.5;
    const first = new Download(MODEL);
    await expect.poll(() => first.output, { timeout: 60_000 }).toContain('download: ');
    const second = new Download(MODEL);
    await expect
      .poll(() => second.output, { timeout: 60_000 })
      .toContain(`waiting for process ${first.process.pid} on ${os.hostname()}, which downloads the same model`);
    // The storage fell silent for the first: it is stopped, keeps what it has, and the second takes over.
    first.process.kill('SIGTERM');
    expect(await first.exit()).toBe(1);
    expect(first.output).toMatch(/was stopped at \d+ %; what was received is kept/u);
    hub.faults.holdAt = Infinity;
    expect([await second.exit(), second.output]).toEqual([0, expect.any(String)]);
    expect(sha256OnDisk()).toBe(sha256);
  });

  it('started twice at once downloads each byte once', async () => {
    const both = [new Download(MODEL), new Download(MODEL)];
    expect(await Promise.all(both.map((each) => each.exit()))).toEqual([0, 0]);
    expect(hub.storageBytes).toBe(weights.length);
    expect(sha256OnDisk()).toBe(sha256);
  });

  it('leaves with 1 and says why when there is no such model', async () => {
    const download = new Download('Org/Other');
    expect(await download.exit()).toBe(1);
    expect(download.output).toContain('Org/Other does not exist or is private');
  });

  it('leaves with 1 and says why when the name is none of a model on the hub', async () => {
    const download = new Download('./folder/model');
    expect(await download.exit()).toBe(1);
    expect(download.output).toBe(
      './folder/model is not the id of a model on the hub, such as Qwen/Qwen3-Reranker-0.6B: nothing to download\n',
    );
  });

  it('goes on with what a branch was last time while the hub is away, and says so', async () => {
    expect(await new Download(MODEL).exit()).toBe(0);
    hub.faults.refuse = { status: 503 };
    const again = new Download(MODEL);
    expect(await again.exit()).toBe(0);
    expect(again.output).toContain(
      `${hub.url} answered 503 for config.json of ${MODEL}: the hub has a problem, try again later; going on with what main was last time`,
    );
  });
});

describe('a server whose MODEL_NAME is on the hub', () => {
  beforeEach(async () => {
    const names = ['config.json', 'tokenizer.json', 'model.safetensors'];
    hub = await HubServer.start(
      MODEL,
      COMMIT,
      new Map(names.map((name) => [name, readFileSync(path.join(EMBEDDED, name))])),
    );
  });

  it('listens and tells its percentage while it downloads, then ranks, and starts again offline', async () => {
    hub.faults.holdAt = 0.6;
    const env = { ...environment(), MODEL_NAME: MODEL };
    const waiting = await TestServer.start(env, { ready: false });
    await waiting.until(async () => (await percent(waiting)) >= 30);
    const health = await fetch(`${waiting.url}/health/startup`);
    expect(health.status).toBe(503);
    expect(health.headers.get('retry-after')).toBe('10');
    expect(await health.json()).toMatchObject({
      status: 'starting',
      phase: 'downloading',
      percent: expect.any(Number),
    });
    const report = await fetch(`${waiting.url}/health`);
    expect(report.status).toBe(503);
    expect(await report.json()).toMatchObject({ status: 'unhealthy', state: 'downloading', model: MODEL });
    // Every probe is there, whatever its spelling; what needs the model's files is not.
    expect((await fetch(`${waiting.url}/ping`)).status).toBe(503);
    expect((await fetch(`${waiting.url}/v1/health/live`)).status).toBe(200);
    expect((await fetch(`${waiting.url}/info`)).status).toBe(503);
    expect((await fetch(`${waiting.url}/health/live`)).status).toBe(200);
    expect(await waiting.metric('rerank_model_download_bytes')).toBeGreaterThan(0);
    const early = await waiting.post('/rerank', { query: 'q', documents: ['d'] });
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({
      message: expect.stringMatching(/^the model is not ready \(downloading, \d\d %\), try again in 10 s$/u),
      error: { type: 'model_not_ready', code: 503 },
    });
    expect(await waiting.stop()).toBe(0);
    expect(waiting.log).toMatch(/was stopped at \d\d %/u);

    hub.faults.holdAt = Infinity;
    const server = await TestServer.start(env);
    expect(await topIndex(server)).toBe(1);
    await server.stop();

    const offline = await TestServer.start({ ...env, HF_HUB_OFFLINE: 'true', HF_ENDPOINT: 'http://127.0.0.1:9' });
    expect(await topIndex(offline)).toBe(1);
    await offline.stop();
  });

  it('leaves with 1 when the hub refuses', async () => {
    const server = TestServer.spawn({ ...environment(), MODEL_NAME: 'Org/Other' });
    expect(await server.exit()).toBe(1);
    expect(server.log).toContain('Org/Other does not exist or is private');
  });
});

describe('a server whose MODEL_NAME is an adapter on the hub', () => {
  const { hidden_size: width, intermediate_size: inner } = JSON.parse(
    readFileSync(path.join(EMBEDDED, 'config.json'), 'utf8'),
  ) as { hidden_size: number; intermediate_size: number };
  const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, base_model_name_or_path: 'Org/Base', revision: COMMIT };
  const ADAPTER_FILES = ['adapter_config.json', 'adapter_model.safetensors'];
  let adapter: string;
  const fileOf = (name: string) => [name, readFileSync(path.join(adapter, name))] as const;

  beforeEach(async () => {
    adapter = path.join(cache, 'adapter');
    mkdirSync(adapter);
    writeFileSync(path.join(adapter, 'adapter_config.json'), JSON.stringify(config));
    // The first layers of the embedded model have nothing in their MLP: no change there would show.
    const module = 'base_model.model.model.layers.3.mlp.down_proj';
    writeSafetensors(path.join(adapter, 'adapter_model.safetensors'), {
      [`${module}.lora_A.weight`]: float32Tensor([2, inner], (index) => Math.sin(index) / 50),
      [`${module}.lora_B.weight`]: float32Tensor([width, 2], (index) => Math.cos(index) / 50),
    });
    const base = ['config.json', 'tokenizer.json', 'model.safetensors'].map(
      (name) => [`Org/Base/${name}`, readFileSync(path.join(EMBEDDED, name))] as const,
    );
    hub = await HubServer.start(MODEL, COMMIT, new Map([...base, ...ADAPTER_FILES.map(fileOf)]));
  });

  it('downloads its base, at the revision that the adapter names, and scores as both of them from folders', async () => {
    const server = await TestServer.start({ ...environment(), MODEL_NAME: MODEL });
    const scores = await server.scores(ASKED);
    expect(await server.json('/info')).toMatchObject({
      described_as: { adapter: expect.stringContaining('models--Org--Small-Reranker') },
    });
    await server.stop();
    expect(hub.requests).toContainEqual(expect.stringContaining(`/Org/Base/resolve/${COMMIT}/config.json`));

    const local = await TestServer.start({ MODEL_NAME: 'embedded', ADAPTER: adapter });
    expect(await local.scores(ASKED)).toEqual(scores);
    await local.stop();
    const plain = await TestServer.start({ MODEL_NAME: 'embedded' });
    expect(await plain.scores(ASKED)).not.toEqual(scores);
    await plain.stop();
  });

  it('leaves with 1 and names the base where the hub does not have it', async () => {
    await hub.stop();
    hub = await HubServer.start(MODEL, COMMIT, new Map(ADAPTER_FILES.map(fileOf)));
    const server = TestServer.spawn({ ...environment(), MODEL_NAME: MODEL });
    expect(await server.exit()).toBe(1);
    expect(server.log).toContain('Org/Base does not exist or is private');
  });
});

async function percent(server: TestServer): Promise<number> {
  return (await server.json<{ download: { percent: number } }>('/health')).download.percent;
}

async function topIndex(server: TestServer): Promise<number> {
  const documents = ['The cat sleeps on the sofa.', 'Paris is the capital of France.'];
  const answer = await server.post('/rerank', { query: 'What is the capital of France?', documents });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { results: { index: number }[] }).results[0]!.index;
}
