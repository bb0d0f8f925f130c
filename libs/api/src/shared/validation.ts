import { validateSync, type ValidationError } from 'class-validator';
import { InvalidRequestError } from '#libs/rerank';

/** Rules that say a text or a list is there and holds nothing. */
const EMPTY_RULES = new Set(['arrayNotEmpty', 'notBlank']);

/**
 * The body as an instance of its class; throws with the first wrong field and what was expected. Unknown fields are left
 * alone: clients send many.
 */
export function validBody<Body extends object>(type: new () => Body, body: unknown): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidRequestError('body', 'the body must be a JSON object');
  }
  const valid = Object.assign(new type(), body);
  // A client may send a field of this name; class-validator looks up its rules under it.
  Reflect.deleteProperty(valid, 'constructor');
  const [wrong] = validateSync(valid, { stopAtFirstError: true });
  if (wrong !== undefined) throw invalidRequest(wrong);
  return valid;
}

function invalidRequest({ property, constraints = {} }: ValidationError): InvalidRequestError {
  const [rule = '', message = `${property} is not valid`] = Object.entries(constraints)[0] ?? [];
  return new InvalidRequestError(property, message, EMPTY_RULES.has(rule) ? 'empty' : 'invalid');
}
