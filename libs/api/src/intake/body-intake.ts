import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LoopTurns } from '#libs/admission';
import { LimitsConfig } from '#libs/config';
import { factsOf } from '#libs/routes';
import { HttpFault } from '../errors/http-fault.js';
import { defaultInflightBytes } from './default-inflight-bytes.js';
import { GrowingBytes } from './growing-bytes.js';
import { InflightBytes, type GivenUp, type Hold } from './inflight-bytes.js';
import { JsonScanner, type JsonBounds } from './json-scanner.js';
import { JsonThread } from './json-thread.js';
import { parseJson } from './parse-json.js';

/** What a client's metadata may need, many times over; the stack of a parser takes thousands. */
const DEPTH = 64;
const VALUES_A_DOCUMENT = 100;
const LEAST_VALUES = 100_000;
/** No API has a tenth as many. */
const FIELDS = 1000;
/** A larger body is parsed in a thread of its own; this many take about a millisecond. */
const PARSED_HERE_BYTES = 262_144;
/** A larger body is read in turns with others. */
const READ_AT_ONCE_BYTES = 65_536;
const SWEEP_MS = 500;
const RETRY_AFTER_SECONDS = 1;

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the body that was read; 0 without one. */
    bodyBytes: number;
  }
}

/** Reads the body of each request that the gate let pass: counted as it arrives, checked as it arrives, parsed aside. */
@Injectable()
export class BodyIntake implements OnApplicationShutdown {
  readonly bytes: InflightBytes;
  private readonly bounds: JsonBounds;
  private readonly mostBytes: number;
  private readonly thread = new JsonThread();
  private readonly turns = new LoopTurns();
  private readonly responses = new WeakMap<IncomingMessage, ServerResponse>();
  private readonly sweeping: NodeJS.Timeout;

  constructor({ MAX_BODY_BYTES, MAX_DOCUMENTS, MAX_INFLIGHT_BYTES }: LimitsConfig) {
    this.mostBytes = MAX_BODY_BYTES;
    this.bounds = { depth: DEPTH, values: Math.max(LEAST_VALUES, VALUES_A_DOCUMENT * MAX_DOCUMENTS), fields: FIELDS };
    this.bytes = new InflightBytes(Math.max(MAX_BODY_BYTES, MAX_INFLIGHT_BYTES ?? defaultInflightBytes()));
    this.sweeping = setInterval(() => this.bytes.sweep(), SWEEP_MS).unref();
  }

  /** In place of the framework's parsers: here a body is JSON, or it is refused. */
  attach(fastify: FastifyInstance): void {
    fastify.decorateRequest('bodyBytes', 0);
    fastify.addHook('preParsing', (request, reply, _payload, done) => {
      this.responses.set(request.raw, reply.raw);
      done();
    });
    fastify.removeAllContentTypeParsers();
    // The gate lets no other type pass than JSON, and a body without one.
    fastify.addContentTypeParser(['application/json', '*'], (request: FastifyRequest) => this.read(request));
  }

  /** Throws an HttpFault for a body that would only be given up: said by its headers it costs least. */
  requireRoom(expectedBytes: number): void {
    if (!this.bytes.hasRoomFor(expectedBytes)) throw fault('no_room', this.bytes.limit);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeping);
    await this.thread.close();
  }

  private async read(request: FastifyRequest): Promise<unknown> {
    const received = await this.receive(request.raw, factsOf(request).growth);
    request.bodyBytes = received.length;
    if (received.length <= PARSED_HERE_BYTES) return parseJson(received.take());
    return this.thread.parse(received);
  }

  /** Rejects with an HttpFault or a JsonFault as soon as it is known; what comes after that is thrown away. */
  private receive(request: IncomingMessage, growth: number): Promise<GrowingBytes> {
    const expectedBytes = Number(request.headers['content-length'] ?? this.mostBytes);
    const scanner = new JsonScanner(this.bounds);
    const received = new GrowingBytes(expectedBytes);
    return new Promise((resolve, reject) => {
      const stop = (error: Error) => {
        this.bytes.close(hold);
        request.off('data', take).off('end', finish).resume();
        reject(error);
      };
      const hold = this.bytes.open((why) => stop(fault(why, this.bytes.limit)));
      this.responses.get(request)?.once('close', () => {
        this.bytes.close(hold);
        received.take(); // Bytes that are not counted are not kept, though they may wait to be parsed.
      });
      const waitForTurn = () => {
        hold.waits();
        void this.turns.hold(request, () => this.bytes.goesOn(hold));
      };
      const isLarge = expectedBytes > READ_AT_ONCE_BYTES;
      const take = (chunk: Buffer<ArrayBuffer>) =>
        attempt(() => {
          this.keep(chunk, { received, scanner, hold });
          if (isLarge) waitForTurn();
        }, stop);
      const finish = () =>
        attempt(() => {
          scanner.end();
          if (!this.bytes.grow(hold, growth)) throw fault('no_room', this.bytes.limit);
          hold.isWhole = true;
          resolve(received);
        }, stop);
      // Also for its first chunk: five hundred that come at once would all be looked at in one turn of the event loop.
      if (isLarge) waitForTurn();
      request.on('data', take).once('end', finish).once('error', stop);
    });
  }

  private keep(chunk: Buffer<ArrayBuffer>, { received, scanner, hold }: Receiving): void {
    if (received.length + chunk.length > this.mostBytes) {
      throw new HttpFault('body_too_large', `the body must be at most ${this.mostBytes} bytes`);
    }
    this.bytes.arrived(hold, chunk.length);
    if (!this.bytes.take(hold, received.growthFor(chunk.length))) throw fault('no_room', this.bytes.limit);
    scanner.write(chunk);
    received.add(chunk);
  }
}

interface Receiving {
  readonly received: GrowingBytes;
  readonly scanner: JsonScanner;
  readonly hold: Hold;
}

function attempt(step: () => void, failed: (error: Error) => void): void {
  try {
    step();
  } catch (error) {
    failed(error as Error);
  }
}

function fault(why: GivenUp, limit: number): HttpFault {
  if (why === 'too_slow') return new HttpFault('body_too_slow', 'the body arrived too slowly; send it again');
  const message = `the bodies that are being received take all of the ${limit} bytes there are for them (MAX_INFLIGHT_BYTES)`;
  return new HttpFault('too_many_bytes', `${message}, try again in ${RETRY_AFTER_SECONDS} s`, RETRY_AFTER_SECONDS);
}
