import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { DESCRIPTION_FILES, moduleFiles } from '../description/description-files.js';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, INDEX_FILE, weightFiles, WEIGHTS_FILE } from '../weight-files.js';
import { downloadFile, partialPath } from './download-file.js';
import { takeLock } from './download-lock.js';
import { HubCache } from './hub-cache.js';
import { HubClient, type HubFile } from './hub-client.js';
import { HubError } from './hub-error.js';
import { diskError, tooLarge } from './hub-messages.js';
import type { HubModel, HubSettings } from './hub-settings.js';
import { PartialFile } from './partial-file.js';
import { retrying, type Patience } from './tries.js';

/** How far the weights are; the small files before them do not count. */
export interface DownloadProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** 0 to 100, rounded down: 100 is said when all is there. */
export function percentOf({ receivedBytes, totalBytes }: DownloadProgress): number {
  return totalBytes === 0 ? 0 : Math.floor((100 * Math.min(receivedBytes, totalBytes)) / totalBytes);
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Another process downloads the same model into the same cache; `holder` says which. */
  readonly onWaiting?: (holder: string) => void;
  /** The hub cannot be reached, and what the revision stood for last time is used. */
  readonly onStale?: (error: HubError) => void;
  readonly firstPauseMs?: number;
}

const FIRST_PAUSE_MS = 500;

/**
 * The folder of a model of the hub, from the cache or downloaded into it: config.json, tokenizer.json and the weights,
 * nothing else. A download that was stopped goes on where it was. Throws HubError.
 */
export async function downloadModel(model: HubModel, settings: HubSettings, options: DownloadOptions): Promise<string> {
  const cache = new HubCache(settings.cacheFolder, model);
  const cached = cache.completeSnapshot();
  if (cached !== undefined && (cache.isPinned || settings.offline)) return cached;
  if (settings.offline) throw new HubError('hub_offline', notInCache(model, settings));
  const download = new ModelDownload(model, settings, cache, options);
  try {
    return await download.run();
  } catch (error) {
    if (options.signal.aborted) throw download.interrupted();
    return fallback(asHubError(error, settings), cached, options);
  }
}

/** What a branch stood for last time is better than no server, while the hub is away. */
function fallback(error: unknown, cached: string | undefined, { onStale }: DownloadOptions): string {
  if (!(error instanceof HubError) || error.code !== 'hub_unreachable' || cached === undefined) throw error;
  onStale?.(error);
  return cached;
}

/** What a repository holds: a model, an adapter, or both. */
interface Found {
  readonly config: HubFile;
  readonly adapter: HubFile | undefined;
  readonly isModel: boolean;
}

class ModelDownload {
  private readonly client: HubClient;
  private readonly patience: Patience;
  private receivedBytes = 0;
  private totalBytes = 0;

  constructor(
    private readonly model: HubModel,
    private readonly settings: HubSettings,
    private readonly cache: HubCache,
    private readonly options: DownloadOptions,
  ) {
    this.client = new HubClient(settings, model);
    this.patience = { signal: options.signal, firstPauseMs: options.firstPauseMs ?? FIRST_PAUSE_MS };
  }

  async run(): Promise<string> {
    const own = await this.find('config.json');
    const adapter = await this.find(ADAPTER_CONFIG);
    const config = own ?? adapter ?? (await this.describe('config.json'));
    const isModel = own !== undefined && (adapter === undefined || (await this.hasWeights()));
    const snapshot = this.cache.snapshot(config.commit);
    const { signal, onWaiting = () => undefined } = this.options;
    const lock = await takeLock(this.cache.lockFile, { signal, onWaiting });
    try {
      // The last holder of the lock may have downloaded everything.
      const isThere = this.cache.completeSnapshot(config.commit) !== undefined;
      if (!isThere || (isModel && !(await this.areWholeWeights(snapshot)))) {
        await this.cache.makeFolders(config.commit);
        await this.fetchAll({ config, adapter, isModel }, snapshot);
      }
      await this.cache.remember(config.commit);
      return snapshot;
    } finally {
      await lock.release();
    }
  }

  interrupted(): HubError {
    const percent = this.totalBytes === 0 ? 0 : Math.floor((100 * this.receivedBytes) / this.totalBytes);
    return new HubError(
      'hub_interrupted',
      `the download of ${this.model.id} was stopped at ${percent} %; what was received is kept, and the next start goes on there`,
    );
  }

  private async fetchAll({ config, adapter, isModel }: Found, snapshot: string): Promise<void> {
    await this.fetch(adapter === undefined ? [config] : [config, adapter]);
    if (isModel) await this.fetch([await this.describe('tokenizer.json')]);
    else await this.fetchIfThere(['tokenizer.json']);
    await this.fetchDescription(snapshot);
    if (isModel) await this.fetchWeights(snapshot);
    // The last file: with it, the snapshot is complete.
    if (adapter !== undefined) await this.fetch([await this.describe(ADAPTER_WEIGHTS)]);
  }

  /** An adapter alone may come with the config.json of its base. */
  private async hasWeights(): Promise<boolean> {
    return (await this.find(WEIGHTS_FILE)) !== undefined || (await this.find(INDEX_FILE)) !== undefined;
  }

  /** What the checkpoint says of itself as a reranker; before the weights, so that it is there once they are complete. */
  private async fetchDescription(snapshot: string): Promise<void> {
    await this.fetchIfThere(DESCRIPTION_FILES);
    await this.fetchIfThere(moduleFiles(snapshot));
  }

  private async fetchIfThere(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const file = await this.find(name);
      if (file !== undefined) await this.fetch([file]);
    }
  }

  private async fetchWeights(snapshot: string): Promise<void> {
    const whole = await this.find(WEIGHTS_FILE);
    const weights = whole === undefined ? await this.shards(snapshot) : [whole];
    const had = await Promise.all(weights.map((file) => this.bytesThere(file)));
    this.totalBytes = sum(weights.map(({ bytes }) => bytes));
    this.receivedBytes = sum(had);
    await this.requireSpace(this.totalBytes - this.receivedBytes);
    this.report(0);
    await this.fetch(weights, (count) => this.report(count));
  }

  private async areWholeWeights(snapshot: string): Promise<boolean> {
    const files = await Promise.all(weightFiles(snapshot).names.map((name) => this.describe(name)));
    return files.every((file) => isWhole(path.join(snapshot, file.name), file));
  }

  private report(count: number): void {
    this.receivedBytes += count;
    this.options.onProgress?.({ receivedBytes: this.receivedBytes, totalBytes: this.totalBytes });
  }

  private async shards(snapshot: string): Promise<readonly HubFile[]> {
    await this.fetch([await this.describe(INDEX_FILE)]);
    const files: HubFile[] = [];
    for (const name of weightFiles(snapshot).names) files.push(await this.describe(name));
    return files;
  }

  private async fetch(files: readonly HubFile[], onBytes: (count: number) => void = () => undefined): Promise<void> {
    for (const file of files) {
      const blob = this.cache.blob(file.hash);
      if (!isWhole(blob, file)) await downloadFile(this.client, file, { ...this.patience, blob, onBytes });
      await this.cache.link(file.commit, file.name, file.hash);
    }
  }

  private async describe(name: string): Promise<HubFile> {
    const file = await this.find(name);
    if (file !== undefined) return file;
    throw new HubError(
      'hub_not_found',
      `${this.model.id} at revision ${this.model.revision} has no ${name}: it is not a model this server can run, check MODEL_NAME ` +
        '(of a conversion to GGUF, ONNX or OpenVINO, take the repository that it was made from)',
    );
  }

  private find(name: string): Promise<HubFile | undefined> {
    return retrying(this.patience, () => this.client.describe(name, this.options.signal));
  }

  private bytesThere(file: HubFile): Promise<number> {
    const blob = this.cache.blob(file.hash);
    return isWhole(blob, file) ? Promise.resolve(file.bytes) : PartialFile.receivedBytes(partialPath(blob), file.bytes);
  }

  private async requireSpace(neededBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.cache.folder);
    if (neededBytes > bavail * bsize) throw tooLarge(this.settings.cacheFolder, neededBytes, bavail * bsize);
  }
}

/** A commit never changes, so a file of another size was damaged here: by a full disk, or a copy that was stopped. */
function isWhole(copy: string, { bytes }: HubFile): boolean {
  return statSync(copy, { throwIfNoEntry: false })?.size === bytes;
}

function asHubError(error: unknown, { cacheFolder }: HubSettings): unknown {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string'
    ? diskError(error as NodeJS.ErrnoException, cacheFolder)
    : error;
}

function notInCache({ id, revision }: HubModel, { cacheFolder }: HubSettings): string {
  return (
    `HF_HUB_OFFLINE is set, and ${id} at revision ${revision} is not complete in ${cacheFolder}: ` +
    'download it once with a network, or point HF_HUB_CACHE to the cache that has it'
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
