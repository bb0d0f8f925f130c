import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { LoopTurns } from '#libs/admission';
import { HttpFault } from '#libs/api';

/** As many as clients send ahead; each takes some kB until its turn comes. */
const MOST_AHEAD = 16;
/** What Node's parser takes for "another protocol follows": it reads no further. */
const STOP_PARSING = 2;

/**
 * Requests that a client sends before it has its last answer are taken up one after the other, each in a turn of the event loop
 * of its own, when the answer before it was written. Node hands over all that are in a chunk of 64 KiB at once: thousands,
 * whose answers wait in memory for a client that may not read them. The first one too many is refused and ends the connection,
 * what follows it is not looked at. To be called before other hooks are added.
 */
export function takeUpInTurn(fastify: FastifyInstance): void {
  const turns = new LoopTurns();
  const ahead = new WeakMap<Socket, number>();
  fastify.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    // Only the response that is the next to be written has the socket.
    if (reply.raw.socket !== null) return done();
    const waiting = (ahead.get(socket) ?? 0) + 1;
    ahead.set(socket, waiting);
    if (waiting > MOST_AHEAD) stopParsing(socket);
    reply.raw.once('socket', () => {
      ahead.set(socket, ahead.get(socket)! - 1);
      if (waiting > MOST_AHEAD) reply.header('Connection', 'close');
      void turns.next().then(() => done(waiting > MOST_AHEAD ? tooManyAhead() : undefined));
    });
    return undefined;
  });
}

function tooManyAhead(): HttpFault {
  return new HttpFault('invalid_request', `at most ${MOST_AHEAD} requests may be sent ahead of the last answer`);
}

/** Node would go on to hand over all that is left of the chunk. */
function stopParsing({ parser }: Socket & { parser?: { onIncoming: () => number } | null }): void {
  if (parser) parser.onIncoming = () => STOP_PARSING;
}
