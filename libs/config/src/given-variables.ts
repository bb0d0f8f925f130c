import { VARIABLES } from './app-config.js';
import { ALIASES } from './former-names.js';

/** Names and their text, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** By variable: its text, and the name it was written under. */
export type GivenVariables = ReadonlyMap<string, { readonly text: string; readonly writtenAs: string }>;

const NONE: GivenVariables = new Map();

/** Picks the variables that are ours and not empty. A variable's own name wins over its alias, and `options` over both. */
export function givenVariables(env: Environment, options: GivenVariables = NONE): GivenVariables {
  const own = VARIABLES.map(({ name }) => [name, name] as const);
  const candidates = [...ALIASES, ...own].map(([writtenAs, name]) => {
    return [name, { text: givenText(env, writtenAs), writtenAs }] as const;
  });
  return new Map([...candidates, ...options].filter(([, { text }]) => text !== ''));
}

/** `docker run --env-file` hands over what follows a value on its line: `32   # Adjust` is 32. Empty when unset. */
export function givenText(env: Environment, name: string): string {
  return (env[name] ?? '').replace(/\s#.*$/s, '').trim();
}
