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
  const valid = Object.assign(new type(), fieldsOf(body));
  if (keepsRules(valid)) return valid;
  const [wrong] = validateSync(valid, { stopAtFirstError: true });
  if (wrong !== undefined) throw invalidRequest(wrong);
  return valid;
}

/** Names by which class-validator finds the rules: with a caller's value there it finds none. */
const NAMES_OF_RULES = new Set(['constructor', '__proto__']);

/** Clients send null for what they leave out. */
function fieldsOf(body: object): object {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => value !== null && !NAMES_OF_RULES.has(name)),
  );
}

function invalidRequest({ property, constraints = {} }: ValidationError): InvalidRequestError {
  const [rule = '', message = `${property} is not valid`] = Object.entries(constraints)[0] ?? [];
  return new InvalidRequestError(property, message, EMPTY_RULES.has(rule) ? 'empty' : 'invalid');
}
