/** The calls this page makes, and what went wrong with them in a sentence for a person. */

/**
 * @typedef {{ start: number, end: number, score: number }} Span Code points of the document, half-open.
 * @typedef {object} Result
 * @property {number} index
 * @property {number} relevance_score
 * @property {number} token_count
 * @property {boolean} truncated
 * @property {readonly Span[]} [relevant_spans] Best first; absent where there is none.
 * @typedef {object} Details
 * @property {number} prefix_tokens
 * @property {number} unique_tokens
 * @property {number} duplicate_documents
 * @property {number} truncated_documents
 * @property {{ tokenize: number, queue: number, compute: number }} timing_ms
 * @typedef {{ results: Result[], usage: { prompt_tokens: number }, details: Details, model: string }} Answer
 * @typedef {{ query: string, documents: readonly string[], instruction?: string, spans?: boolean }} Request
 * @typedef {Answer & { totalMs: number }} Ranking
 */

/** What a person sees of a failure. */
export class RequestError extends Error {
  /**
   * @param {string} title @param {string} advice
   * @param {{ status?: number, field?: string, retryAfterSeconds?: number }} [about]
   */
  constructor(title, advice, about = {}) {
    super(`${title} ${advice}`);
    this.title = title;
    this.advice = advice;
    this.status = about.status;
    this.field = about.field;
    this.retryAfterSeconds = about.retryAfterSeconds;
    /** Whether the same request may succeed later. */
    this.canRetry = about.field === undefined && ![400, 401, 413].includes(about.status ?? 0);
  }
}

/**
 * @param {Request} request @param {string} key The API key, '' for none. @param {AbortSignal} signal
 * @returns {Promise<Ranking>} Rejects with a RequestError, or with the signal's reason.
 */
export async function rerank(request, key, signal) {
  const startedMs = performance.now();
  const response = await send('rerank', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== '' && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ ...request, return_details: true }),
    signal,
  });
  if (!response.ok) throw await refusal(response);
  const answer = await response.json();
  return { ...answer, totalMs: performance.now() - startedMs };
}

/** @returns {Promise<Record<string, any> | undefined>} The server's health, undefined when it does not answer. */
export async function health() {
  try {
    return await (await fetch('health')).json();
  } catch {
    return undefined;
  }
}

/** @param {string} path @param {RequestInit} options */
async function send(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    options.signal?.throwIfAborted();
    throw new RequestError('The server does not answer.', 'Is it still running? Your input is kept.');
  }
}

/** @param {Response} response */
async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const message = sentence(body.message ?? response.statusText);
  const { status } = response;
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 0);
  const [title, advice] = WORDS[status] ?? [`The server answered ${status}.`, ''];
  return new RequestError(title, `${message} ${advice}`.trim(), {
    status,
    ...(body.error?.param && { field: body.error.param }),
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}

/** By status: what happened, and what to do. @type {Readonly<Record<number, [string, string]>>} */
const WORDS = {
  400: ['The request was refused.', ''],
  401: ['This server asks for an API key.', 'Enter yours below the documents.'],
  413: ['The documents are too large for one request.', 'Send fewer or shorter ones.'],
  429: ['The server is busy.', ''],
  503: ['The model is not ready.', ''],
  504: ['The server took too long.', 'Send fewer documents.'],
};

/** @param {string} text */
function sentence(text) {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?]$/u.test(trimmed) ? '' : '.'}`;
}
