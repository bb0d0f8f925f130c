import type { ServerResponse } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** The client hung up before it got its answer. */
export class ClientGoneError extends Error {
  readonly code = 'client_gone';
}

/** A signal that aborts when the client hangs up before the answer was written, or did so while its body was read. */
export const ClientAbort = createParamDecorator((_data: unknown, context: ExecutionContext): AbortSignal =>
  signalOf(context.switchToHttp().getResponse<FastifyReply>().raw),
);

export function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const hungUp = () => {
    if (!response.writableEnded) controller.abort(new ClientGoneError('the client hung up'));
  };
  // A large body is parsed in a thread: its client can be gone before the handler is called.
  if (response.destroyed) hungUp();
  else response.once('close', hungUp);
  return controller.signal;
}
