import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { LoopTurns } from '#libs/admission';
import { jsonParts } from './json-parts.js';

/** A millisecond of writing. */
const CHUNK_CHARACTERS = 65_536;

const turns = new LoopTurns();

/**
 * An answer that may be long, to be returned by a handler: where it is, it is written a chunk at a time, others have their turn
 * in between, and what the client has not read yet is not written yet.
 */
export function longAnswer(reply: FastifyReply, value: unknown): string | Readable {
  reply.header('Content-Type', 'application/json; charset=utf-8');
  const chunks = chunksOf(value);
  const first = chunks.next().value ?? '';
  const second = chunks.next();
  return second.done ? first : Readable.from(inTurns([first, second.value], chunks), { objectMode: false });
}

async function* inTurns(written: readonly string[], chunks: Iterable<string>): AsyncGenerator<string> {
  yield* written;
  for (const chunk of chunks) {
    yield chunk;
    await turns.next();
  }
}

function* chunksOf(value: unknown): Generator<string> {
  let chunk = '';
  for (const part of jsonParts(value)) {
    chunk += part;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
