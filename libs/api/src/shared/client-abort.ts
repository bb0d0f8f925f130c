import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** The client hung up before it got its answer. */
export class ClientGoneError extends Error {
  readonly code = 'client_gone';
}

/** A signal that aborts when the client hangs up before the answer was written. */
export const ClientAbort = createParamDecorator((_data: unknown, context: ExecutionContext): AbortSignal => {
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new ClientGoneError('the client hung up'));
  });
  return controller.signal;
});
