import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Long answers are written in pieces of 64 KiB, the longest single one (the API's description) has a megabyte: 50 kB/s will do for it. */
const STALLED_MS = 20_000;
const LOOK_EVERY_MS = 1000;

interface Reading {
  /** Written and taken off this process's hands. */
  takenBytes: number;
  sinceMs: number;
}

/**
 * Ends connections whose client has stopped reading its answer: until it is read, it takes memory, and its request a part of
 * MAX_INFLIGHT_BYTES. Slow senders have a bound of their own.
 */
export function endSlowReaders(fastify: FastifyInstance, stalledMs = STALLED_MS, everyMs = LOOK_EVERY_MS): void {
  const open = new Map<Socket, Reading | undefined>();
  fastify.server.on('connection', (socket) => {
    open.set(socket, undefined);
    socket.once('close', () => open.delete(socket));
  });
  const looking = setInterval(() => {
    for (const [socket, before] of open) open.set(socket, look(socket, before, stalledMs));
  }, everyMs).unref();
  fastify.addHook('onClose', (_instance, done) => {
    clearInterval(looking);
    done();
  });
}

/** Undefined where nothing waits to be read. */
function look(socket: Socket, before: Reading | undefined, stalledMs: number): Reading | undefined {
  if (socket.writableLength === 0) return undefined;
  const takenBytes = socket.bytesWritten - socket.writableLength;
  const nowMs = performance.now();
  if (before?.takenBytes !== takenBytes) return { takenBytes, sinceMs: nowMs };
  if (nowMs - before.sinceMs >= stalledMs) socket.destroy();
  return before;
}
