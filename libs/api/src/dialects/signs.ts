import type { Fields, Headers } from './dialect.js';

/** What only one API's clients send, with the words for it in docs/shared-paths.md. */
export interface Sign {
  /** Markdown, to be read behind "the request has". */
  readonly words: string;
  isIn(fields: Fields, headers: Headers): boolean;
}

/** Of a dialect that has its paths alone, or takes what is left there. */
export const anything: Sign = { words: 'anything else', isIn: () => true };

export function hasList(name: string): Sign {
  return { words: `a list \`${name}\``, isIn: (fields) => Array.isArray(fields[name]) };
}

/** A list of this name, and none of the name that wins beside it. */
export function hasListOnly(name: string): Sign {
  return allOf(hasList(name), not(hasList('documents')));
}

const has = (type: 'string' | 'number' | 'boolean') => (name: string) => {
  return { words: `a ${type} \`${name}\``, isIn: (fields: Fields) => typeof fields[name] === type } satisfies Sign;
};
export const hasText = has('string');
export const hasNumber = has('number');
export const hasBoolean = has('boolean');

const FLAGS: ReadonlySet<unknown> = new Set([true, false, 'true', 'false']);

/** True or false, also as the strings some clients send. */
export function hasFlag(name: string): Sign {
  return { words: `a boolean \`${name}\`, also as a string`, isIn: (fields) => FLAGS.has(fields[name]) };
}

/** An object of this name with this key, and no list that wins beside it. */
export function hasObjectOnly(name: string, key: string): Sign {
  const object: Sign = {
    words: `an object \`${name}\` with \`${key}\``,
    isIn: ({ [name]: value }) => typeof value === 'object' && value !== null && Object.hasOwn(value, key),
  };
  return allOf(object, not(hasList('documents')));
}

export function hasHeader(name: string): Sign {
  return { words: `the header \`${name}\``, isIn: (_fields, headers) => headers[name.toLowerCase()] !== undefined };
}

/** A header whose value fits the pattern; `words` say how. An absent header has the value ''. */
export function hasHeaderLike(name: string, words: string, pattern: RegExp): Sign {
  return {
    words: `the header \`${name}\` ${words}`,
    isIn: (_fields, headers) => pattern.test(String(headers[name.toLowerCase()] ?? '')),
  };
}

export function anyOf(...signs: readonly Sign[]): Sign {
  return {
    words: signs.map(({ words }) => words).join('; or '),
    isIn: (fields, headers) => signs.some((sign) => sign.isIn(fields, headers)),
  };
}

export function allOf(...signs: readonly Sign[]): Sign {
  return {
    words: signs.map(({ words }) => words).join(' and '),
    isIn: (fields, headers) => signs.every((sign) => sign.isIn(fields, headers)),
  };
}

export function not(sign: Sign): Sign {
  return {
    words: sign.words.replace(/^(?:an?|the) /u, 'no '),
    isIn: (fields, headers) => !sign.isIn(fields, headers),
  };
}
