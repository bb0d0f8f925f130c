import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HubFaults, HubServer } from '../../../../test/support/hub-server.js';
import { COMMIT, FILES, HubWorld, MODEL, WEIGHTS } from '../../../../test/support/hub-world.js';
import { downloadModel, type DownloadOptions } from './download-model.js';
import { HubError } from './hub-error.js';
import { diskError, unreachable } from './hub-messages.js';
import type { HubSettings } from './hub-settings.js';

let world: HubWorld;
let hub: HubServer;

beforeEach(async () => {
  world = await HubWorld.make();
  ({ hub } = world);
});

afterEach(() => world.end());

/** Name, faults of the hub, settings, code, message. */
type Row = [string, HubFaults, Partial<HubSettings>, HubError['code'], string];

describe('refuses in words that help:', () => {
  const refusals: Row[] = [
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
      `Org/Model at revision ${COMMIT} has no config.json: it is not a model this server can run, check MODEL_NAME (of a conversion to GGUF, ONNX or OpenVINO, take the repository that it was made from)`,
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
    [
      'a hub that redirects without end',
      { redirects: true },
      {},
      'hub_protocol',
      `{hub} redirects {hub}/Org/Model/resolve/${COMMIT}/config.json without an end`,
    ],
  ];

  it.each(refusals)('%s', async (...[, faults, changes, code, message]) => {
    Object.assign(hub.faults, faults);
    const error = await world.refusal(changes);
    expect(error.code).toBe(code);
    expect(error.message).toBe(message.replaceAll('{hub}', hub.url).replace('{cache}', world.cacheFolder));
    expect(error.message).not.toContain('hf_secret');
  });

  it.each([
    ['tokenizer.json', 1],
    ['model.safetensors', 2],
  ])('a bit of %s that was damaged on the way, and keeps nothing of the file', async (name, finished) => {
    hub.faults.corrupt = name;
    const error = await world.refusal();
    expect(error.code).toBe('hub_checksum');
    expect(error.message).toMatch(
      /^[a-z.]+ arrived damaged: its checksum is [0-9a-f]{64}, the hub's [0-9a-f]{64}; it was thrown away, start again$/u,
    );
    expect(error.message).toContain(`${name} arrived`);
    expect(error.message).toContain(`the hub's ${hub.hash(name)};`);
    const blobs = ['config.json', 'tokenizer.json'].slice(0, finished).map((each) => hub.hash(each));
    expect(readdirSync(path.join(world.repository, 'blobs')).toSorted()).toEqual(blobs.toSorted());
    delete hub.faults.corrupt;
    const folder = await world.download();
    expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it('weights that do not fit the disk, before the first byte of them', async () => {
    // A tokenizer so small comes from the hub itself, whose stated size is right.
    const small = await HubWorld.make(new Map([...FILES, ['tokenizer.json', Buffer.from('{}')]]));
    small.hub.faults.statedBytes = 2 ** 52;
    const error = await small.refusal();
    expect(small.hub.storageBytes).toBe(0);
    await small.end();
    expect(error.code).toBe('hub_disk');
    expect(error.message).toMatch(
      /^the download needs 4503599\.63 GB more, and the disk of .*hub has [\d.]+ GB: free some space or set HF_HUB_CACHE to a larger one$/u,
    );
  });

  it('a cache that cannot be written', async () => {
    const file = path.join(world.root, 'file');
    writeFileSync(file, '');
    const error = await world.refusal({ cacheFolder: file });
    expect(error.code).toBe('hub_disk');
    expect(error.message).toBe(
      `the model cache ${file} cannot be written (ENOTDIR): make it writable for this user or set HF_HUB_CACHE`,
    );
  });

  it.each(['ENOSPC', 'EDQUOT'])('a disk that is full (%s)', (code) => {
    const error = diskError(Object.assign(new Error('write'), { code }), '/models/hub');
    expect(error.code).toBe('hub_disk');
    expect(error.message).toBe(
      'the disk of /models/hub is full: free some space or set HF_HUB_CACHE to a larger one; what was received is kept',
    );
  });

  it('a name that does not resolve', async () => {
    const error = await world.refusal({ endpoint: 'http://no-such-hub.invalid' });
    expect(error.code).toBe('hub_unreachable');
    expect(error.message).toMatch(
      /^the name no-such-hub\.invalid cannot be resolved \((ENOTFOUND|EAI_AGAIN)\): check the network, set HF_ENDPOINT to a mirror, or put the model into the cache and set HF_HUB_OFFLINE=true$/u,
    );
  });

  it('a port where nothing listens', async () => {
    const error = await world.refusal({ endpoint: 'http://127.0.0.1:9' });
    expect(error.code).toBe('hub_unreachable');
    expect(error.message).toMatch(
      /^127\.0\.0\.1:9 cannot be reached \([^)]*(ECONNREFUSED|bad port)[^)]*\): check the network/u,
    );
  });

  it('a storage where nothing listens, by its own address', async () => {
    const gone = await HubWorld.make();
    const { url } = gone.hub;
    await gone.end();
    hub.faults.storage = url;
    const error = await world.refusal();
    expect(error.code).toBe('hub_unreachable');
    expect(error.message).toContain(`cannot be reached (connect ECONNREFUSED ${new URL(url).host}): check`);
  });

  it('a hub that does not answer in time', () => {
    const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    const error = unreachable(world.settings(), late);
    expect(error.code).toBe('hub_unreachable');
    expect(error.message).toMatch(
      / cannot be reached \(The operation was aborted due to timeout\): check the network/u,
    );
  });

  it('a storage that hangs up each time, after some tries', async () => {
    Object.assign(hub.faults, { cuts: Infinity, cutAfterBytes: 0 });
    const error = await world.refusal();
    expect(error.code).toBe('hub_unreachable');
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ cannot be reached \([^)]+\): check the network/u);
  });

  it('a storage that sends more than the file', async () => {
    Object.assign(hub.faults, { ignoreRanges: true, statedBytes: 1000 });
    const error = await world.refusal();
    expect(error.code).toBe('hub_unreachable');
    expect(error.message).toContain('cannot be reached (more came than was asked for): check the network');
  });
});

const SMALL_DISK = 'size=16m';

it.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
  'a disk that fills up under way ends the download with what to do, and keeps what was received',
  async ({ skip }) => {
    const disk = path.join(world.root, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', SMALL_DISK, 'tmpfs', disk], { stdio: 'pipe' });
    } catch {
      skip('this root may not mount');
    }
    try {
      const filler = path.join(disk, 'filler');
      const onProgress: DownloadOptions['onProgress'] = ({ receivedBytes }) => {
        if (receivedBytes === 0) fill(filler);
      };
      const settings = world.settings({ cacheFolder: disk });
      await expect(downloadModel(MODEL, settings, world.options({ onProgress }))).rejects.toThrow(
        `the disk of ${disk} is full: free some space or set HF_HUB_CACHE to a larger one; what was received is kept`,
      );
      rmSync(filler);
      const folder = await world.download({ cacheFolder: disk });
      expect(readFileSync(path.join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    } finally {
      execFileSync('umount', ['--lazy', disk]);
    }
  },
);

/** Leaves 2 MiB of the disk's space. */
function fill(file: string): void {
  const { bavail, bsize } = statfsSync(path.dirname(file));
  writeFileSync(file, Buffer.alloc(bavail * bsize - 2 * 2 ** 20));
}
