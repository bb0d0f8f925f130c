import { validateSync, type ValidationError } from 'class-validator';
import { InvalidRequestError } from '#libs/rerank';
import { keepsRules } from './class-rules.js';

/** Rules that say a text or a list is there and holds nothing. */
const EMPTY_RULES = new Set(['arrayNotEmpty', 'notBlank']);

/**
 * The body as an instance of its class; throws with the first wrong field and what was expected. Null counts as absent.
 * Unknown fields are left alone: clients send many.
 */
export function validBody<Body extends object>(type: new () => Body, body: unknown): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidRequestError('body', 'the body must be a JSON object');
  }
  const valid = withFields(new type(), body);
  if (keepsRules(valid)) return valid;
  const [wrong] = validateSync(valid, { stopAtFirstError: true });
  if (wrong !== undefined) throw invalidRequest(wrong);
  return valid;
}

/** Names by which class-validator finds the rules: with a caller's value there it finds none. */
const NAMES_OF_RULES = new Set(['constructor', '__proto__']);

/** Clients send null for what they leave out. In one pass: there may be a hundred thousand fields. */
function withFields<Body extends object>(valid: Body, fields: object): Body {
  for (const name of Object.keys(fields)) {
    const value: unknown = Reflect.get(fields, name);
    if (value !== null && !NAMES_OF_RULES.has(name)) Reflect.set(valid, name, value);
  }
  return valid;
}

function invalidRequest({ property, constraints = {} }: ValidationError): InvalidRequestError {
  const [rule = '', message = `${property} is not valid`] = Object.entries(constraints)[0] ?? [];
  return new InvalidRequestError(property, message, EMPTY_RULES.has(rule) ? 'empty' : 'invalid');
}
