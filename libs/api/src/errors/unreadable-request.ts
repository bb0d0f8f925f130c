import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorsForAll } from '../dialects/errors.js';
import type { PublicError } from './public-error.js';

const UNREADABLE: PublicError = {
  status: 400,
  code: 'invalid_request',
  message: 'this is no HTTP request that can be read',
};

/** By Node's code for why a request did not become one. */
const REASONS: Readonly<Record<string, PublicError>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', message: 'the headers are too long' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_too_slow', message: 'the request arrived too slowly' },
};

/** With the answer that is the next to be written. */
type AnsweringSocket = Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null };

/**
 * What Node's parser gives up on: there is no request that an answer could belong to, so the answer is written by hand, in the form that
 * all clients can read. The listener of `clientError`.
 */
export function answerUnreadable({ code }: NodeJS.ErrnoException, socket: AnsweringSocket): void {
  // An answer that is being written would be broken in two; one whose body breaks off has none yet.
  if (code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent) return void socket.destroy();
  const id = randomUUID();
  const { status, body } = errorsForAll.toError(REASONS[code ?? ''] ?? UNREADABLE, id);
  const text = JSON.stringify(body);
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ];
  socket.write(`${headers.join('\r\n')}\r\n\r\n${text}`);
  socket.destroySoon();
  return undefined;
}
