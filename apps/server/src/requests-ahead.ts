import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { LoopTurns } from '#libs/admission';

/** As many as clients send ahead; each takes some kB until its turn comes. */
const MOST_AHEAD = 16;
/** What Node's parser takes for "another protocol follows": it reads no further. */
const STOP_PARSING = 2;

/**
 * Requests that a client sends before it has its last answer are taken up one after the other, each in a turn of the event loop
 * of its own, when the answer before it was written. Node hands over all that are in a chunk of 64 KiB at once: thousands,
 * whose answers wait in memory for a client that may not read them. Beyond MOST_AHEAD the connection ends. To be called before
 * other hooks are added.
 */
export function takeUpInTurn(fastify: FastifyInstance): void {
  const turns = new LoopTurns();
  const ahead = new WeakMap<Socket, number>();
  fastify.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
    // Only the response that is the next to be written has the socket.
    if (response.socket !== null) return done();
    if (socket.destroyed) return undefined; // Its answer would have no way out.
    const waiting = (ahead.get(socket) ?? 0) + 1;
    ahead.set(socket, waiting);
    if (waiting > MOST_AHEAD) {
      end(socket);
      return undefined;
    }
    response.once('socket', () => {
      ahead.set(socket, ahead.get(socket)! - 1);
      void turns.next().then(() => done());
    });
    return undefined;
  });
}

/** Node would go on to hand over all that is left of the chunk. */
function end(socket: Socket & { parser?: { onIncoming: () => number } | null }): void {
  socket.destroy();
  if (socket.parser) socket.parser.onIncoming = () => STOP_PARSING;
}
