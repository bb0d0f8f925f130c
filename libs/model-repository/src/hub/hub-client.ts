import type { ReadableStream } from 'node:stream/web';
import { HubError } from './hub-error.js';
import { refusal, unreachable } from './hub-messages.js';
import type { HubModel, HubSettings } from './hub-settings.js';
import type { ByteRange } from './partial-file.js';

/** One file of a model as the hub describes it. */
export interface HubFile {
  readonly name: string;
  /** The commit that the revision stands for. */
  readonly commit: string;
  /** SHA-256 or git's blob hash, in hexadecimal digits. */
  readonly hash: string;
  readonly bytes: number;
}

const HASH = /^([0-9a-f]{40}|[0-9a-f]{64})$/u;
const COMMIT = /^[0-9a-f]{40}$/u;
const MOST_REDIRECTS = 5;
/** Silence that means a dead connection. */
const STALL_MS = 30_000;

/** The two questions that a download asks the hub. Throws HubError; `hub_unreachable` is worth a second try. */
export class HubClient {
  constructor(
    private readonly settings: HubSettings,
    private readonly model: HubModel,
  ) {}

  /** Undefined when the revision has no such file. */
  async describe(name: string, signal: AbortSignal): Promise<HubFile | undefined> {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(STALL_MS)]);
    const response = await this.head(this.url(this.model.revision, name), timeout);
    if (response.headers.get('x-error-code') === 'EntryNotFound') return undefined;
    if (response.status >= 400) throw this.refusal(response, name);
    return this.described(response, name);
  }

  /** The bytes of the range, all of them or a HubError. */
  async *read(file: HubFile, range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const stalled = new AbortController();
    const timer = setTimeout(() => stalled.abort(new Error(`nothing came for ${STALL_MS / 1000} s`)), STALL_MS);
    let left = range.end - range.start;
    try {
      const body = await this.open(file, range, AbortSignal.any([signal, stalled.signal]));
      for await (const chunk of body) {
        timer.refresh();
        left -= chunk.length;
        if (left < 0) throw new Error('more came than was asked for');
        yield chunk;
      }
      if (left > 0) throw new Error('the answer ended early');
    } catch (cause) {
      throw cause instanceof HubError ? cause : unreachable(this.settings, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A whole file may come without ranges; a part of one may not. */
  private async open(file: HubFile, range: ByteRange, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { ...this.headers(), range: `bytes=${range.start}-${range.end - 1}` };
    const response = await this.fetch(this.url(file.commit, file.name), { headers, signal });
    if (response.status >= 400) throw this.refusal(response, file.name);
    const isWhole = range.start === 0 && range.end === file.bytes;
    const expected = `bytes ${range.start}-${range.end - 1}/${file.bytes}`;
    if (!isWhole && response.headers.get('content-range') !== expected) {
      await response.body?.cancel();
      throw new HubError(
        'hub_protocol',
        `${this.settings.endpoint} does not answer requests for a part of a file (${file.name}): set HF_ENDPOINT to another`,
      );
    }
    return response.body! as ReadableStream<Uint8Array>;
  }

  /** Redirects inside the hub are followed (a renamed model); one to its storage is not: the hash stands before it. */
  private async head(first: string, signal: AbortSignal): Promise<Response> {
    let url = first;
    for (let redirects = 0; redirects < MOST_REDIRECTS; redirects += 1) {
      const response = await this.fetch(url, { method: 'HEAD', redirect: 'manual', headers: this.headers(), signal });
      const location = response.headers.get('location');
      if (location === null || response.headers.has('x-linked-etag')) return response;
      const next = new URL(location, url);
      if (next.origin !== new URL(url).origin) return response;
      url = next.href;
    }
    throw new HubError('hub_protocol', `${this.settings.endpoint} redirects ${first} without an end`);
  }

  private described({ headers }: Response, name: string): HubFile {
    const hash = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replaceAll(/^W\/|"/gu, '');
    const bytes = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN);
    const commit = headers.get('x-repo-commit') ?? '';
    if (HASH.test(hash) && Number.isSafeInteger(bytes) && COMMIT.test(commit)) return { name, commit, hash, bytes };
    throw new HubError(
      'hub_protocol',
      `${this.settings.endpoint} does not answer like the Hugging Face hub: commit, checksum or size of ${name} is missing; ` +
        'set HF_ENDPOINT to the hub or to a mirror that passes its headers on',
    );
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (cause) {
      throw unreachable(this.settings, cause);
    }
  }

  private refusal(response: Response, name: string): HubError {
    // The page that explains it is not read.
    void response.body?.cancel();
    return refusal(
      { model: this.model, settings: this.settings, name },
      response.status,
      response.headers.get('x-error-code') ?? '',
    );
  }

  private url(revision: string, name: string): string {
    return `${this.settings.endpoint}/${this.model.id}/resolve/${encodeURIComponent(revision)}/${name}`;
  }

  /** fetch drops the token by itself when a redirect leaves the hub. Bytes are wanted as they are stored. */
  private headers(): Record<string, string> {
    const { token } = this.settings;
    return {
      'accept-encoding': 'identity',
      'user-agent': 'qwen3-reranker',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }
}
