import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong, and when; a test sets what it needs. */
export interface HubFaults {
  /** Answers every question with this status and X-Error-Code. */
  refuse?: { readonly status: number; readonly errorCode?: string };
  /** Only this token opens the model. */
  token?: string;
  /** This many answers of the storage break off after `cutAfterBytes`. */
  cuts?: number;
  cutAfterBytes?: number;
  /** The storage falls silent once it sent so much of all weights, 0 to 1. */
  holdAt?: number;
  /** The storage flips one bit of this file. */
  corrupt?: string;
  /** Every answer is a redirect inside the hub. */
  redirects?: boolean;
  ignoreRanges?: boolean;
  /** Address that stands in for the storage's. */
  storage?: string;
  /** The size that the hub states for large files. */
  statedBytes?: number;
}

/** Smaller files are git's, as on the real hub (where the bound is 10 MB). */
const LARGE_BYTES = 1000;
const CHUNK_BYTES = 64 * 1024;

/**
 * The part of the Hugging Face hub that serves files, with its redirects: small files come from the hub under git's hash,
 * large ones from a storage on another origin under their SHA-256, in ranges.
 */
export class HubServer {
  readonly faults: HubFaults = {};
  /** `GET /path` and the range, in the order they came; those of the storage start with `storage`. */
  readonly requests: string[] = [];
  /** Bytes of bodies that the storage sent. */
  storageBytes = 0;
  private readonly hub: Server;
  private readonly storage: Server;

  private constructor(
    readonly model: string,
    readonly commit: string,
    /** By name; those of another model behind its id, `Org/Base/config.json`. */
    private readonly files: ReadonlyMap<string, Buffer>,
  ) {
    this.hub = createServer((request, response) => this.answer(request, response));
    this.storage = createServer((request, response) => void this.serve(request, response));
  }

  static async start(model: string, commit: string, files: ReadonlyMap<string, Buffer>): Promise<HubServer> {
    const server = new HubServer(model, commit, files);
    for (const each of [server.hub, server.storage]) {
      each.listen(0, '127.0.0.1');
      await once(each, 'listening');
    }
    return server;
  }

  get url(): string {
    return address(this.hub);
  }

  hash(name: string): string {
    const content = this.files.get(name)!;
    if (isLarge(content)) return createHash('sha256').update(content).digest('hex');
    return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  }

  async stop(): Promise<void> {
    for (const each of [this.hub, this.storage]) {
      each.closeAllConnections();
      each.close();
      await once(each, 'close');
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
    const { refuse, token, redirects } = this.faults;
    if (redirects === true) return void response.writeHead(307, { Location: request.url }).end();
    if (refuse !== undefined) return fail(response, refuse.status, refuse.errorCode);
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return fail(response, 401);
    this.answerModel(request, response);
  }

  private answerModel(request: IncomingMessage, response: ServerResponse): void {
    const [, organisation, name, , revision, file] = request.url!.split('/');
    const model = `${organisation}/${name}`;
    if (model === `${this.model}-old`) return this.renamed(response, request.url!);
    const place = model === this.model ? '' : `${model}/`;
    if (![...this.files.keys()].some((known) => known.startsWith(place))) return fail(response, 401);
    if (revision !== 'main' && revision !== this.commit) return fail(response, 404, 'RevisionNotFound');
    this.answerFile(request, response, `${place}${file}`);
  }

  private answerFile({ method }: IncomingMessage, response: ServerResponse, name: string): void {
    response.setHeader('X-Repo-Commit', this.commit);
    const content = this.files.get(name);
    if (content === undefined) return fail(response, 404, 'EntryNotFound');
    if (isLarge(content)) return this.redirect(response, name, content);
    response.writeHead(200, { ETag: `"${this.hash(name)}"`, 'Content-Length': content.length });
    response.end(method === 'HEAD' ? undefined : content);
  }

  /** As for a renamed model: a redirect inside the hub. */
  private renamed(response: ServerResponse, url: string): void {
    response.writeHead(307, { Location: url.replace(`${this.model}-old`, this.model) }).end();
  }

  private redirect(response: ServerResponse, name: string, content: Buffer): void {
    response.writeHead(302, {
      'X-Linked-Etag': `"${this.hash(name)}"`,
      'X-Linked-Size': this.faults.statedBytes ?? content.length,
      ETag: '"of-the-redirect"',
      Location: `${this.faults.storage ?? address(this.storage)}/${name}?signed`,
    });
    response.end();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`storage ${request.url} ${request.headers.range ?? ''}`.trim());
    // The signature in the address is the key here; a token has no business on another origin.
    if (request.headers.authorization !== undefined) return fail(response, 400);
    const name = /^\/(?<name>[^?]+)/u.exec(request.url!)!.groups!['name']!;
    const content = this.content(name);
    if (this.faults.ignoreRanges === true) {
      response.writeHead(200);
      return this.send(response, content);
    }
    const [start, last] = request.headers.range!.replace('bytes=', '').split('-').map(Number) as [number, number];
    response.writeHead(206, { 'Content-Range': `bytes ${start}-${last}/${content.length}` });
    await this.send(response, content.subarray(start, last + 1));
  }

  private async send(response: ServerResponse, body: Buffer): Promise<void> {
    const endsAt = this.nextCut(body);
    const most = (this.faults.holdAt ?? Infinity) * this.totalBytes;
    for (let sent = 0; sent < body.length; sent += CHUNK_BYTES) {
      if (this.storageBytes >= most) return; // Never ends: the client has to be stopped.
      if (sent >= endsAt) return void response.destroy();
      const chunk = body.subarray(sent, sent + CHUNK_BYTES);
      this.storageBytes += chunk.length;
      await new Promise((resolve) => response.write(chunk, resolve));
      if (response.destroyed) return;
    }
    response.end();
  }

  private nextCut(body: Buffer): number {
    const { cuts = 0, cutAfterBytes = 0 } = this.faults;
    if (cuts === 0 || body.length <= cutAfterBytes) return Infinity;
    this.faults.cuts = cuts - 1;
    return cutAfterBytes;
  }

  /** Of the files that the storage serves. */
  private get totalBytes(): number {
    return [...this.files.values()].filter(isLarge).reduce((sum, { length }) => sum + length, 0);
  }

  private content(name: string): Buffer {
    const content = this.files.get(name)!;
    if (this.faults.corrupt !== name) return content;
    const damaged = Buffer.from(content);
    damaged[damaged.length >> 1]! ^= 1;
    return damaged;
  }
}

function isLarge(content: Buffer): boolean {
  return content.length >= LARGE_BYTES;
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function fail(response: ServerResponse, status: number, errorCode?: string): void {
  response.writeHead(status, errorCode === undefined ? {} : { 'X-Error-Code': errorCode }).end();
}
