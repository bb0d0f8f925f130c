import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubServer } from '../../../../test/support/hub-server.js';
import { downloadModel, type DownloadOptions } from './download-model.js';
import { HubError } from './hub-error.js';
import { hubModel, type HubSettings } from './hub-settings.js';

const COMMIT = '1234567890abcdef1234567890abcdef12345678';
const MODEL = { id: 'Org/Model', revision: COMMIT };
const WEIGHTS = randomBytes(5 * 2 ** 20 + 321);
const FILES = new Map([
  ['config.json', Buffer.from('{"model_type":"qwen3"}')],
  ['tokenizer.json', Buffer.from(`{"model":"${'x'.repeat(2000)}"}`)],
  ['model.safetensors', WEIGHTS],
  ['README.md', Buffer.from('Nobody needs this.')],
]);

let root: string;
let hub: HubServer;

beforeEach(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), 'hub-'));
  hub = await HubServer.start(MODEL.id, COMMIT, FILES);
});

afterEach(async () => {
  await hub.stop();
  rmSync(root, { recursive: true });
});

function settings(changes: Partial<HubSettings> = {}): HubSettings {
  return { endpoint: hub.url, cacheFolder: path.join(root, 'hub'), offline: false, ...changes };
}

function options(changes: Partial<DownloadOptions> = {}): DownloadOptions {
  return { signal: new AbortController().signal, firstPauseMs: 1, ...changes };
}

const repository = (): string => path.join(root, 'hub', 'models--Org--Model');

async function refusal(changes: Partial<HubSettings> = {}, model = MODEL): Promise<HubError> {
  const error: unknown = await downloadModel(model, settings(changes), options()).catch((caught: unknown) => caught);
  if (!(error instanceof HubError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe('a download', () => {
  it("leaves the layout of Hugging Face's tools, with the files a model needs and no others", async () => {
    const folder = await downloadModel(MODEL, settings(), options());
    expect(folder).toBe(path.join(repository(), 'snapshots', COMMIT));
    expect(readdirSync(folder).toSorted()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    expect(readlinkSync(path.join(folder, 'model.safetensors'))).toBe(`../../blobs/${hub.hash('model.safetensors')}`);
    const blobs = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => hub.hash(name));
    expect(readdirSync(path.join(repository(), 'blobs')).toSorted()).toEqual(blobs.toSorted());
    expect(existsSync(path.join(repository(), 'refs'))).toBe(false);
  });

  it('tells its progress from the first byte to the last', async () => {
    const seen: number[] = [];
    const onProgress: DownloadOptions['onProgress'] = ({ receivedBytes, totalBytes }) => {
      seen.push(receivedBytes);
      expect(totalBytes).toBe(WEIGHTS.length);
    };
    await downloadModel(MODEL, settings(), options({ onProgress }));
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(WEIGHTS.length);
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  });

  it('remembers what a branch stood for, and follows a model that was renamed', async () => {
    const model = { id: 'Org/Model-old', revision: 'main' };
    await downloadModel(model, settings(), options());
    expect(readFileSync(path.join(root, 'hub', 'models--Org--Model-old', 'refs', 'main'), 'utf8')).toBe(COMMIT);
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
    const sharded = await HubServer.start(MODEL.id, COMMIT, files);
    const folder = await downloadModel(MODEL, settings({ endpoint: sharded.url }), options());
    await sharded.stop();
    expect(readdirSync(folder).toSorted()).toEqual([...files.keys()].slice(0, 5).toSorted());
    for (const shard of Object.values(map)) {
      expect(readFileSync(path.join(folder, shard)).equals(files.get(shard)!)).toBe(true);
    }
  });

  it('sends the token to the hub and to nobody else', async () => {
    hub.faults.token = 'hf_secret';
    await downloadModel(MODEL, settings({ token: 'hf_secret' }), options());
    expect(hub.requests.some((request) => request.startsWith('storage'))).toBe(true);
  });

  it('goes on inside a range when a connection breaks', async () => {
    Object.assign(hub.faults, { cuts: 3, cutAfterBytes: 1_500_000 });
    const folder = await downloadModel(MODEL, settings(), options());
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    // What was sent before the cut is not asked for again; what was under way is.
    expect(hub.storageBytes).toBeLessThan(WEIGHTS.length + 3 * 1_500_000);
  });

  it('takes a whole file from a mirror without ranges, but no part of one', async () => {
    hub.faults.ignoreRanges = true;
    const folder = await downloadModel(MODEL, settings(), options());
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    rmSync(repository(), { recursive: true });
    Object.assign(hub.faults, { cuts: 1, cutAfterBytes: 1_500_000 });
    expect((await refusal()).message).toBe(
      `${hub.url} does not answer requests for a part of a file (model.safetensors): set HF_ENDPOINT to another`,
    );
  });

  it('goes on where it was stopped', async () => {
    const stop = new AbortController();
    hub.faults.holdAt = 0.7;
    const onProgress: DownloadOptions['onProgress'] = ({ receivedBytes, totalBytes }) => {
      if (receivedBytes / totalBytes > 0.6) stop.abort();
    };
    const stopped = downloadModel(MODEL, settings(), options({ signal: stop.signal, onProgress }));
    await expect(stopped).rejects.toThrow(
      /^the download of Org\/Model was stopped at 6\d %; what was received is kept, and the next start goes on there$/u,
    );
    const before = hub.storageBytes;
    hub.faults.holdAt = 9;
    const folder = await downloadModel(MODEL, settings(), options());
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    expect(hub.storageBytes - before).toBeLessThan(0.6 * WEIGHTS.length);
  });

  it('starts anew on a partial file of another size', async () => {
    await downloadModel(MODEL, settings(), options());
    const blob = path.join(repository(), 'blobs', hub.hash('model.safetensors'));
    rmSync(blob);
    writeFileSync(`${blob}.partial`, 'left by something else');
    const folder = await downloadModel(MODEL, settings(), options());
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });
});

describe('the cache', () => {
  it('answers a pinned revision without a request', async () => {
    await downloadModel(MODEL, settings(), options());
    hub.requests.length = 0;
    await downloadModel(MODEL, settings(), options());
    expect(hub.requests).toEqual([]);
  });

  it('answers a branch offline, by what it stood for last', async () => {
    const branch = { id: MODEL.id, revision: 'main' };
    const folder = await downloadModel(branch, settings(), options());
    hub.requests.length = 0;
    expect(await downloadModel(branch, settings({ offline: true }), options())).toBe(folder);
    expect(hub.requests).toEqual([]);
  });

  it('stands in for a hub that is away, and says so', async () => {
    const branch = { id: MODEL.id, revision: 'main' };
    const folder = await downloadModel(branch, settings(), options());
    hub.faults.refuse = { status: 503 };
    const said: string[] = [];
    const onStale = ({ message }: HubError): void => void said.push(message);
    expect(await downloadModel(branch, settings(), options({ onStale }))).toBe(folder);
    expect(said).toHaveLength(1);
  });

  it('shares blobs between revisions', async () => {
    await downloadModel(MODEL, settings(), options());
    rmSync(path.join(repository(), 'snapshots'), { recursive: true });
    hub.requests.length = 0;
    await downloadModel(MODEL, settings(), options());
    expect(hub.requests.filter((request) => !request.startsWith('HEAD'))).toEqual([]);
  });
});

it('knows the commits of the official models, and takes main for others', () => {
  expect(hubModel('Qwen/Qwen3-Reranker-0.6B')?.revision).toBe('e61197ed45024b0ed8a2d74b80b4d909f1255473');
  expect(hubModel('Qwen/Qwen3-Reranker-8B', 'main')?.revision).toBe('main');
  expect(hubModel('other/model')?.revision).toBe('main');
  expect(hubModel('./folder/model')).toBeUndefined();
});

describe('refuses in words that help:', () => {
  const refusals: [string, HubServer['faults'], Partial<HubSettings>, string, string][] = [
    [
      'a gated model without a token',
      { refuse: { status: 401, errorCode: 'GatedRepo' } },
      {},
      'hub_gated',
      'Org/Model is gated ({hub} answered 401): accept its terms at {hub}/Org/Model and set HF_TOKEN to a token of that account',
    ],
    [
      'a gated model with a token',
      { refuse: { status: 403, errorCode: 'GatedRepo' } },
      { token: 'hf_secret' },
      'hub_gated',
      'Org/Model is gated ({hub} answered 403): accept its terms at {hub}/Org/Model and check that HF_TOKEN is a token of that account',
    ],
    [
      'a model that is private or not there',
      { refuse: { status: 401, errorCode: 'RepoNotFound' } },
      {},
      'hub_unauthorized',
      'Org/Model does not exist or is private ({hub} answered 401): check MODEL_NAME, or set HF_TOKEN to a token that may read it',
    ],
    [
      'a token that does not open it',
      { token: 'hf_other' },
      { token: 'hf_secret' },
      'hub_unauthorized',
      'HF_TOKEN does not open Org/Model ({hub} answered 401): it is not valid, or its account has no access; check it, and MODEL_NAME',
    ],
    [
      'a model that is not there',
      { refuse: { status: 404, errorCode: 'RepoNotFound' } },
      {},
      'hub_not_found',
      `there is no config.json of Org/Model at revision ${COMMIT} ({hub} answered 404): check MODEL_NAME and MODEL_REVISION`,
    ],
    [
      'a revision that is not there',
      { refuse: { status: 404, errorCode: 'RevisionNotFound' } },
      {},
      'hub_not_found',
      `Org/Model has no revision ${COMMIT} ({hub} answered 404): check MODEL_REVISION`,
    ],
    [
      'a repository without what a model needs',
      { refuse: { status: 404, errorCode: 'EntryNotFound' } },
      {},
      'hub_not_found',
      `Org/Model at revision ${COMMIT} has no config.json: it is not a model this server can run, check MODEL_NAME`,
    ],
    [
      'a hub with a problem, after some tries',
      { refuse: { status: 503 } },
      {},
      'hub_unreachable',
      '{hub} answered 503 for config.json of Org/Model: the hub has a problem, try again later',
    ],
    [
      'something that is not a hub',
      { refuse: { status: 200 } },
      {},
      'hub_protocol',
      '{hub} does not answer like the Hugging Face hub: commit, checksum or size of config.json is missing; set HF_ENDPOINT to the hub or to a mirror that passes its headers on',
    ],
    [
      'an empty cache offline',
      {},
      { offline: true },
      'hub_offline',
      `HF_HUB_OFFLINE is set, and Org/Model at revision ${COMMIT} is not complete in {cache}: download it once with a network, or point HF_HUB_CACHE to the cache that has it`,
    ],
  ];

  it.each(refusals)('%s', async (...[, faults, changes, code, message]) => {
    Object.assign(hub.faults, faults);
    const error = await refusal(changes);
    expect(error.code).toBe(code);
    expect(error.message).toBe(message.replaceAll('{hub}', hub.url).replace('{cache}', path.join(root, 'hub')));
    expect(error.message).not.toContain('hf_secret');
  });

  it('a byte that was damaged on the way, and keeps nothing of it', async () => {
    hub.faults.corrupt = true;
    const error = await refusal();
    expect(error.code).toBe('hub_checksum');
    expect(error.message).toMatch(
      /^tokenizer\.json arrived damaged: its checksum is [0-9a-f]{64}, the hub's [0-9a-f]{64}; it was thrown away, start again$/u,
    );
    expect(readdirSync(path.join(repository(), 'blobs'))).toEqual([hub.hash('config.json')]);
    hub.faults.corrupt = false;
    await downloadModel(MODEL, settings(), options());
  });

  it('weights that do not fit the disk, before the first byte of them', async () => {
    hub.faults.statedBytes = 2 ** 52;
    // The tokenizer is large enough to come from the storage, whose stated size would be wrong, too.
    const files = new Map([...FILES, ['tokenizer.json', Buffer.from('{}')]]);
    const small = await HubServer.start(MODEL.id, COMMIT, files);
    small.faults.statedBytes = 2 ** 52;
    const error = await refusal({ endpoint: small.url });
    await small.stop();
    expect(error.code).toBe('hub_disk');
    expect(error.message).toMatch(
      /^the download needs 4503599\.63 GB more, and the disk of .*hub has [\d.]+ GB: free some space or set HF_HUB_CACHE to a larger one$/u,
    );
  });

  it('a cache that cannot be written', async () => {
    writeFileSync(path.join(root, 'file'), '');
    const error = await refusal({ cacheFolder: path.join(root, 'file') });
    expect(error.code).toBe('hub_disk');
    expect(error.message).toBe(
      `the model cache ${path.join(root, 'file')} cannot be written (ENOTDIR): make it writable for this user or set HF_HUB_CACHE`,
    );
  });

  it('a name that does not resolve', async () => {
    const error = await refusal({ endpoint: 'http://no-such-hub.invalid' });
    expect(error.code).toBe('hub_unreachable');
    expect(error.message).toMatch(
      /^the name no-such-hub\.invalid cannot be resolved \((ENOTFOUND|EAI_AGAIN)\): check the network, set HF_ENDPOINT to a mirror, or/u,
    );
  });

  it('a port where nobody listens', async () => {
    const error = await refusal({ endpoint: 'http://127.0.0.1:9' });
    expect(error.message).toMatch(/^127\.0\.0\.1:9 cannot be reached \((ECONNREFUSED|bad port)\): check the network/u);
  });
});
