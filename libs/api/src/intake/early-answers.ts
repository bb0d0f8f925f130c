import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LoopTurns } from '#libs/admission';

/** What is left of a small body is read and dropped, and the connection goes on. */
const DRAINED_BYTES = 65_536;
/** How long a client may go on sending after its answer. */
const LINGER_MS = 2000;

/** Requests whose client waits for "100 Continue" before it sends its body. */
const awaiting = new WeakSet<IncomingMessage>();

/**
 * Lets an answer leave before its request is whole, such that the client reads it: many write their whole body first, and a
 * connection that is closed on unread bytes is reset, which takes the answer away.
 */
export function answerEarly(fastify: FastifyInstance): void {
  const turns = new LoopTurns();
  continueLate(fastify.server);
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (awaiting.delete(request.raw)) reply.raw.writeContinue();
    done();
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (!request.raw.complete && !isSmall(request.raw)) closeAfter(request, reply, turns);
    done();
  });
}

/** The framework would tell the client to go on before anything of the request was looked at. */
export function continueLate(server: Server): void {
  server.on('checkContinue', (request, response) => {
    awaiting.add(request);
    server.emit('request', request, response);
  });
}

function isSmall(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return !awaiting.has(request) && encoding === undefined && Number(length ?? 0) <= DRAINED_BYTES;
}

/** The answer, a half-close, and for a while nothing: what arrives is dropped. */
function closeAfter({ raw: body }: FastifyRequest, reply: FastifyReply, turns: LoopTurns): void {
  reply.header('Connection', 'close');
  const { socket } = reply.raw;
  if (typeof socket?.destroySoon !== 'function') return; // A request that came over no network.
  // As fast as it comes, 30 MB of each of 32 clients would hold up everything else. Read from the body, whose parser may have
  // stopped the socket already: a listener of the socket's own would not start it again.
  body.on('data', () => void turns.hold(body));
  // Called by Node when the answer is written; its own ends the connection at once.
  socket.destroySoon = () => linger(socket);
}

function linger(socket: Socket): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
