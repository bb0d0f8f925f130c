import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasAdapter, missingAdapterFiles, missingFiles } from '../weight-files.js';
import type { HubModel } from './hub-settings.js';

const COMMIT = /^[0-9a-f]{40}$/u;

/**
 * One model in the cache that Hugging Face's tools share:
 *
 *     models--Qwen--Qwen3-Reranker-0.6B/refs/main                          the commit a branch or tag stood for
 *                                       blobs/<SHA-256 or git hash>        contents, under what they hash to
 *                                       snapshots/<commit>/config.json     links to blobs
 */
export class HubCache {
  readonly folder: string;
  readonly lockFile: string;

  constructor(
    cacheFolder: string,
    private readonly model: HubModel,
  ) {
    const name = `models--${model.id.replace('/', '--')}`;
    this.folder = path.join(cacheFolder, name);
    this.lockFile = path.join(cacheFolder, '.locks', name, 'download.lock');
  }

  /** A revision that is a commit never changes: there is nothing to ask. */
  get isPinned(): boolean {
    return COMMIT.test(this.model.revision);
  }

  /** The snapshot of the commit (by default the one the revision stands for), if it holds all that a model needs. */
  completeSnapshot(commit = this.knownCommit()): string | undefined {
    if (commit === undefined) return undefined;
    const snapshot = this.snapshot(commit);
    const missing = hasAdapter(snapshot) ? missingAdapterFiles(snapshot) : missingFiles(snapshot);
    return missing.length === 0 ? snapshot : undefined;
  }

  snapshot(commit: string): string {
    return path.join(this.folder, 'snapshots', commit);
  }

  blob(hash: string): string {
    return path.join(this.folder, 'blobs', hash);
  }

  async makeFolders(commit: string): Promise<void> {
    await mkdir(path.join(this.folder, 'blobs'), { recursive: true });
    await mkdir(this.snapshot(commit), { recursive: true });
  }

  /** Puts a blob into a snapshot under its name; the link appears whole or not at all. */
  async link(commit: string, name: string, hash: string): Promise<void> {
    const pointer = path.join(this.snapshot(commit), name);
    const fresh = `${pointer}.${process.pid}`;
    await mkdir(path.dirname(pointer), { recursive: true });
    await rm(fresh, { force: true });
    await symlink(path.relative(path.dirname(pointer), this.blob(hash)), fresh);
    await rename(fresh, pointer);
  }

  /** Remembers what a branch or tag stands for, for a start without network. */
  async remember(commit: string): Promise<void> {
    if (this.model.revision === commit) return;
    const file = this.refFile();
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, commit);
  }

  private knownCommit(): string | undefined {
    if (this.isPinned) return this.model.revision;
    const file = this.refFile();
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  }

  private refFile(): string {
    return path.join(this.folder, 'refs', this.model.revision);
  }
}
