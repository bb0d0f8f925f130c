import { STATUS_CODES } from 'node:http';
import type { Route } from '../dispatch/dispatch.js';
import type { DialectName } from './dialect.js';
import type { PublicError } from './public-error.js';

export interface ErrorAnswer {
  readonly status: number;
  /** Undefined: no body. */
  readonly body: unknown;
}

type Render = (error: PublicError, requestId: string) => ErrorAnswer;

/** The body of an error as the caller's API writes it; on shared paths the one that all clients can read. */
export function errorAnswer(error: PublicError, requestId: string, route?: Route): ErrorAnswer {
  // TEI's clients read `error` as a string, also where the path is shared.
  const own = route !== undefined && (route.mounted || route.dialect === 'tei') ? RENDER[route.dialect] : undefined;
  return (own ?? everyone)(error, requestId);
}

/** Cohere reads `message`, Jina's and Voyage's clients `detail`, OpenRouter, Together and the AI SDK `error.message`. */
const everyone: Render = ({ message, code, status, field }, id) => ({
  status,
  body: { message, id, detail: message, error: { message, type: code, param: field ?? null, code: status } },
});

const cohere: Render = ({ message, status }, id) => ({ status, body: { message, id } });

/** 422 for a body that is JSON and wrong. `detail` is a string in every case: Elasticsearch casts it. */
const jina: Render = ({ message, status, field, code }, id) => {
  if (status === 401) return { status, body: { detail: message } };
  if (field === undefined) return { status, body: { detail: message, request_id: id, code } };
  const errors = [{ field, message, type: 'value_error' }];
  return { status: 422, body: { detail: message, request_id: id, errors } };
};

const voyage: Render = ({ message, status }) => ({ status, body: { detail: message } });

const tei: Render = ({ message, status, field, fault, code }) => {
  if (status === 401) return { status, body: undefined };
  const wrong = field !== undefined && fault !== 'empty';
  return { status: wrong ? 422 : status, body: { error: message, error_type: teiType(status, fault, code) } };
};

function teiType(status: number, fault: string | undefined, code: string): string {
  if (fault === 'empty') return 'Empty';
  if (status === 429) return 'Overloaded';
  if (status < 500) return 'Validation';
  return code === 'internal' || code === 'engine_failed' ? 'Backend' : 'Unhealthy';
}

const vllm: Render = ({ message, status, field }) => {
  if (status === 401) return { status, body: { error: 'Unauthorized' } };
  const type = VLLM_TYPES[status] ?? STATUS_CODES[status] ?? 'Error';
  return { status, body: { error: { message, type, param: field ?? null, code: status } } };
};

const VLLM_TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  500: 'InternalServerError',
};

/** Infinity is a FastAPI service: its validation answers in FastAPI's words. */
const infinity: Render = ({ message, status, field, code }) => {
  if (status === 401) return { status, body: { detail: 'Unauthorized' } };
  if (field !== undefined) {
    return {
      status: 422,
      body: { detail: [{ type: 'value_error', loc: field === 'body' ? ['body'] : ['body', field], msg: message }] },
    };
  }
  return { status, body: { error: { message, type: code, param: null, code: status } } };
};

const RENDER: Readonly<Partial<Record<DialectName, Render>>> = {
  'cohere-v1': cohere,
  'cohere-v2': cohere,
  jina,
  voyage,
  tei,
  vllm,
  'vllm-score': vllm,
  infinity,
};
