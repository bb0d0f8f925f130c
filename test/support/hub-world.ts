import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { downloadModel, HubError, type DownloadOptions, type HubModel, type HubSettings } from '#libs/model-repository';
import { HubServer } from './hub-server.js';

export const COMMIT = '1234567890abcdef1234567890abcdef12345678';
export const MODEL = { id: 'Org/Model', revision: COMMIT };
export const WEIGHTS = randomBytes(5 * 2 ** 20 + 321);
export const FILES: ReadonlyMap<string, Buffer> = new Map([
  ['config.json', Buffer.from('{"model_type":"qwen3"}')],
  ['tokenizer.json', Buffer.from(`{"model":"${'x'.repeat(2000)}"}`)],
  ['model.safetensors', WEIGHTS],
  ['README.md', Buffer.from('Not needed.')],
]);

/** A hub with one model, and an empty cache for it. */
export class HubWorld {
  private constructor(
    readonly root: string,
    readonly hub: HubServer,
  ) {}

  static async make(files: ReadonlyMap<string, Buffer> = FILES): Promise<HubWorld> {
    const root = mkdtempSync(path.join(os.tmpdir(), 'hub-'));
    return new HubWorld(root, await HubServer.start(MODEL.id, COMMIT, files));
  }

  async end(): Promise<void> {
    await this.hub.stop();
    rmSync(this.root, { recursive: true });
  }

  get cacheFolder(): string {
    return path.join(this.root, 'hub');
  }

  /** The model's folder in the cache. */
  get repository(): string {
    return path.join(this.cacheFolder, 'models--Org--Model');
  }

  settings(changes: Partial<HubSettings> = {}): HubSettings {
    return { endpoint: this.hub.url, cacheFolder: this.cacheFolder, offline: false, ...changes };
  }

  options(changes: Partial<DownloadOptions> = {}): DownloadOptions {
    return { signal: new AbortController().signal, firstPauseMs: 1, ...changes };
  }

  download(changes: Partial<HubSettings> = {}, model: HubModel = MODEL): Promise<string> {
    return downloadModel(model, this.settings(changes), this.options());
  }

  /** The error of a download that must not succeed. */
  async refusal(changes: Partial<HubSettings> = {}, model: HubModel = MODEL): Promise<HubError> {
    const error: unknown = await this.download(changes, model).catch((caught: unknown) => caught);
    if (!(error instanceof HubError)) throw new Error(`not refused: ${String(error)}`);
    return error;
  }
}
