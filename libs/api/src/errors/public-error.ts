import { HttpException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { NotAdmittedError } from '#libs/admission';
import { JsonFault } from '../intake/json-fault.js';
import { ModelNotReadyError } from '#libs/model-service';
import { RerankError, type Fault } from '#libs/rerank';
import { HttpFault } from './http-fault.js';
import { STATUS_OF, type ErrorCode } from './statuses.js';

/** What a caller may see of an error; `code` is stable. */
export interface PublicError {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  /** The field of the request that is wrong, if one is. */
  readonly field?: string;
  readonly fault?: Fault;
  readonly retryAfterSeconds?: number;
}

const INTERNAL: PublicError = { status: STATUS_OF.internal, code: 'internal', message: 'internal error' };

const INVALID = { status: STATUS_OF.invalid_request, code: 'invalid_request' } as const;

/** From whatever was thrown: the use case's, ours from before a handler ran, and the framework's own. */
export function publicError(exception: unknown, request: FastifyRequest): PublicError {
  if (isShown(exception)) return shown(exception);
  if (exception instanceof JsonFault) return { ...INVALID, message: exception.message };
  const status = statusOf(exception);
  if (status === undefined || status >= 500) return INTERNAL;
  const code = CODES[status] ?? 'invalid_request';
  return { status: STATUS_OF[code], code, message: sentence(code, exception as Error, request) };
}

/** Errors whose sentence is for the caller. */
const SHOWN = [NotAdmittedError, RerankError, HttpFault, ModelNotReadyError] as const;

type ShownError = InstanceType<(typeof SHOWN)[number]>;

function isShown(exception: unknown): exception is ShownError {
  return SHOWN.some((kind) => exception instanceof kind);
}

function shown(error: ShownError): PublicError {
  const { code, message, retryAfterSeconds } = error;
  const { field, fault } = error as { field?: string; fault?: Fault };
  return {
    code,
    status: STATUS_OF[code],
    message,
    ...(field !== undefined && { field }),
    ...(fault !== undefined && { fault }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** Of the framework's statuses; another one below 500 is a request that it could not read. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  412: 'precondition_failed',
  413: 'body_too_large',
  414: 'path_too_long',
  415: 'unsupported_media_type',
  416: 'range_not_satisfiable',
};

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const { statusCode } = (exception ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

/** In our words: the framework's may hold what the caller sent. */
function sentence(code: ErrorCode, { message }: Error, request: FastifyRequest): string {
  switch (code) {
    case 'not_found':
      return message;
    case 'precondition_failed':
      return 'the file is another one than the headers ask for';
    case 'range_not_satisfiable':
      return 'the file has no such range';
    case 'body_too_large':
      return `the body must be at most ${request.routeOptions.bodyLimit} bytes`;
    case 'path_too_long':
      return 'a part of the path is too long';
    case 'unsupported_media_type':
      return 'the body must be JSON: send Content-Type: application/json';
    default:
      return 'the request cannot be read: check its path and its headers';
  }
}
