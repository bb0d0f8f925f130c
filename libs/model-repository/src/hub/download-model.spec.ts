import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HubServer } from '../../../../test/support/hub-server.js';
import { COMMIT, FILES, HubWorld, MODEL, WEIGHTS } from '../../../../test/support/hub-world.js';
import { downloadModel, type DownloadOptions } from './download-model.js';
import type { HubError } from './hub-error.js';
import { hubModel } from './hub-settings.js';

let world: HubWorld;
let hub: HubServer;

beforeEach(async () => {
  world = await HubWorld.make();
  ({ hub } = world);
});

afterEach(() => world.end());

describe('a download', () => {
  it("leaves the layout of Hugging Face's tools, with the files a model needs and no others", async () => {
    const folder = await world.download();
    expect(folder).toBe(path.join(world.repository, 'snapshots', COMMIT));
    expect(readdirSync(folder).toSorted()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    expect(readlinkSync(path.join(folder, 'model.safetensors'))).toBe(`../../blobs/${hub.hash('model.safetensors')}`);
    const blobs = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => hub.hash(name));
    expect(readdirSync(path.join(world.repository, 'blobs')).toSorted()).toEqual(blobs.toSorted());
    expect(existsSync(path.join(world.repository, 'refs'))).toBe(false);
  });

  it('tells its progress from the first byte to the last', async () => {
    const seen: number[] = [];
    const onProgress: DownloadOptions['onProgress'] = ({ receivedBytes, totalBytes }) => {
      seen.push(receivedBytes);
      expect(totalBytes).toBe(WEIGHTS.length);
    };
    await downloadModel(MODEL, world.settings(), world.options({ onProgress }));
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(WEIGHTS.length);
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  });

  it('remembers what a branch stood for, and follows a model that was renamed', async () => {
    const model = { id: 'Org/Model-old', revision: 'main' };
    await downloadModel(model, world.settings(), world.options());
    expect(readFileSync(path.join(world.cacheFolder, 'models--Org--Model-old', 'refs', 'main'), 'utf8')).toBe(COMMIT);
  });

  it('fetches an adapter without a model, and one beside a model with it', async () => {
    const adapter = [
      ['adapter_config.json', Buffer.from('{"peft_type":"LORA"}')],
      ['adapter_model.safetensors', randomBytes(3000)],
    ] as const;
    for (const files of [adapter, [...FILES, ...adapter], [['config.json', Buffer.from('{}')], ...adapter] as const]) {
      const other = await HubWorld.make(new Map(files));
      const folder = await other.download();
      const names = files.map(([name]) => name).filter((name) => name !== 'README.md');
      expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
      expect(await other.download({ offline: true })).toBe(folder);
      await other.end();
    }
  });

  it('fetches the shards that the index names', async () => {
    const map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' };
    const files = new Map([
      ['config.json', FILES.get('config.json')!],
      ['tokenizer.json', FILES.get('tokenizer.json')!],
      ['model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: map }))],
      [map.a, randomBytes(3000)],
      [map.b, randomBytes(2_000_000)],
      ['pytorch_model.bin', randomBytes(3000)],
    ]);
    const sharded = await HubWorld.make(files);
    const folder = await sharded.download();
    expect(readdirSync(folder).toSorted()).toEqual([...files.keys()].slice(0, 5).toSorted());
    for (const shard of Object.values(map)) {
      expect(readFileSync(path.join(folder, shard)).equals(files.get(shard)!)).toBe(true);
    }
    await sharded.end();
  });

  it('sends the token to the hub only', async () => {
    hub.faults.token = 'hf_secret';
    await downloadModel(MODEL, world.settings({ token: 'hf_secret' }), world.options());
    expect(hub.requests.some((request) => request.startsWith('storage'))).toBe(true);
  });

  it('goes on inside a range when a connection breaks', async () => {
    Object.assign(hub.faults, { cuts: 3, cutAfterBytes: 1_500_000 });
    const folder = await world.download();
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    // What was sent before the cut is not asked for again; what was under way is.
    expect(hub.storageBytes).toBeLessThan(WEIGHTS.length + 3 * 1_500_000);
  });

  it('takes a whole file from a mirror without ranges, but no part of one', async () => {
    hub.faults.ignoreRanges = true;
    const folder = await world.download();
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    rmSync(world.repository, { recursive: true });
    Object.assign(hub.faults, { cuts: 1, cutAfterBytes: 1_500_000 });
    expect((await world.refusal()).message).toBe(
      `${hub.url} does not answer requests for a part of a file (model.safetensors): set HF_ENDPOINT to another`,
    );
  });

  it('goes on where it was stopped', async () => {
    const stop = new AbortController();
    hub.faults.holdAt = 0.7;
    const onProgress: DownloadOptions['onProgress'] = ({ receivedBytes, totalBytes }) => {
      if (receivedBytes / totalBytes > 0.6) stop.abort();
    };
    const stopped = downloadModel(MODEL, world.settings(), world.options({ signal: stop.signal, onProgress }));
    await expect(stopped).rejects.toThrow(
      /^the download of Org\/Model was stopped at 6\d %; what was received is kept, and the next start goes on there$/u,
    );
    const before = hub.storageBytes;
    hub.faults.holdAt = 9;
    const folder = await world.download();
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    expect(hub.storageBytes - before).toBeLessThan(0.6 * WEIGHTS.length);
  });

  it('brings a blob of another size than the hub says anew, once its link is deleted', async () => {
    const file = path.join(await world.download(), 'model.safetensors');
    truncateSync(file, 1000);
    rmSync(file);
    const seen: number[] = [];
    const onProgress: DownloadOptions['onProgress'] = ({ receivedBytes }) => void seen.push(receivedBytes);
    await downloadModel(MODEL, world.settings(), world.options({ onProgress }));
    expect(readFileSync(file).equals(WEIGHTS)).toBe(true);
    expect([seen[0], seen.at(-1)]).toEqual([0, WEIGHTS.length]);
  });

  it('starts anew on a partial file of another size', async () => {
    await world.download();
    const blob = path.join(world.repository, 'blobs', hub.hash('model.safetensors'));
    rmSync(blob);
    writeFileSync(`${blob}.partial`, 'left by something else');
    const folder = await world.download();
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });
});

describe('the cache', () => {
  it('answers a pinned revision without a request', async () => {
    await world.download();
    hub.requests.length = 0;
    await world.download();
    expect(hub.requests).toEqual([]);
  });

  it('answers a branch offline, by what it stood for last', async () => {
    const branch = { id: MODEL.id, revision: 'main' };
    const folder = await downloadModel(branch, world.settings(), world.options());
    hub.requests.length = 0;
    expect(await downloadModel(branch, world.settings({ offline: true }), world.options())).toBe(folder);
    expect(hub.requests).toEqual([]);
  });

  it('stands in for a hub that is away, and says so', async () => {
    const branch = { id: MODEL.id, revision: 'main' };
    const folder = await downloadModel(branch, world.settings(), world.options());
    hub.faults.refuse = { status: 503 };
    const said: string[] = [];
    const onStale = ({ message }: HubError): void => void said.push(message);
    expect(await downloadModel(branch, world.settings(), world.options({ onStale }))).toBe(folder);
    expect(said).toHaveLength(1);
  });

  it('is held against the hub where a branch is asked for: weights that are cut short are brought anew', async () => {
    const branch = { id: MODEL.id, revision: 'main' };
    const file = path.join(await world.download({}, branch), 'model.safetensors');
    await world.download({}, branch);
    const before = hub.storageBytes;
    truncateSync(file, 1000);
    await world.download({}, branch);
    expect(readFileSync(file).equals(WEIGHTS)).toBe(true);
    expect(hub.storageBytes - before).toBe(WEIGHTS.length);
  });

  it('shares blobs between revisions', async () => {
    await world.download();
    rmSync(path.join(world.repository, 'snapshots'), { recursive: true });
    hub.requests.length = 0;
    await world.download();
    expect(hub.requests.filter((request) => !request.startsWith('HEAD'))).toEqual([]);
  });
});

it('knows the commits of the official models, and takes main for others', () => {
  expect(hubModel('Qwen/Qwen3-Reranker-0.6B')?.revision).toBe('e61197ed45024b0ed8a2d74b80b4d909f1255473');
  expect(hubModel('Qwen/Qwen3-Reranker-8B', 'main')?.revision).toBe('main');
  expect(hubModel('other/model')?.revision).toBe('main');
  expect(hubModel('./folder/model')).toBeUndefined();
});
