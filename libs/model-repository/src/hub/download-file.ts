import { rename, rm } from 'node:fs/promises';
import { hashLike } from './checksum.js';
import type { HubClient, HubFile } from './hub-client.js';
import { HubError } from './hub-error.js';
import { PartialFile, type ByteRange } from './partial-file.js';
import { retrying, type Patience } from './tries.js';

/** A single connection to the hub's storage rarely fills a line. */
const CONNECTIONS = 8;

/** What is left of a download that has begun, beside the path its blob will have. */
export function partialPath(blob: string): string {
  // Not `.incomplete`: Hugging Face's tools would take the length of such a file for what was received.
  return `${blob}.partial`;
}

export interface FileTarget extends Patience {
  /** The path of the finished file. */
  readonly blob: string;
  readonly onBytes: (count: number) => void;
}

/** Fetches what is missing of a file, over several connections, checks the whole, and gives it its name. */
export async function downloadFile(client: HubClient, file: HubFile, target: FileTarget): Promise<void> {
  const partial = partialPath(target.blob);
  await fetchMissing(client, file, target);
  const found = await hashLike(file.hash, partial);
  if (found !== file.hash) {
    await rm(partial);
    throw new HubError(
      'hub_checksum',
      `${file.name} arrived damaged: its checksum is ${found}, the hub's ${file.hash}; it was thrown away, start again`,
    );
  }
  await rename(partial, target.blob);
}

async function fetchMissing(client: HubClient, file: HubFile, target: FileTarget): Promise<void> {
  const partial = await PartialFile.open(partialPath(target.blob), file.bytes);
  const failed = new AbortController();
  const signal = AbortSignal.any([target.signal, failed.signal]);
  const connection = async (): Promise<void> => {
    try {
      for (let range = partial.claim(); range !== undefined; range = partial.claim()) {
        await fetchRange(client, file, { ...target, signal, partial, range });
      }
    } catch (error) {
      failed.abort(error);
    }
  };
  try {
    // The first failure stops the others; none may write once the file is closed.
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
    signal.throwIfAborted();
    await partial.finish();
  } finally {
    await partial.close();
  }
}

interface RangeTarget extends FileTarget {
  readonly partial: PartialFile;
  readonly range: ByteRange;
}

/** After a broken connection it goes on where it was. */
async function fetchRange(client: HubClient, file: HubFile, target: RangeTarget): Promise<void> {
  let position = target.range.start;
  let triedAt = position;
  const attempt = async (): Promise<void> => {
    triedAt = position;
    for await (const chunk of client.read(file, { start: position, end: target.range.end }, target.signal)) {
      await target.partial.write(chunk, position);
      position += chunk.length;
      target.onBytes(chunk.length);
    }
  };
  await retrying(target, attempt, () => position > triedAt);
}
