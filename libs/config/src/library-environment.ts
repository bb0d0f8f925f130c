import type { Environment } from './given-variables.js';

/** Sets variables of this process, for native libraries that read them when they are loaded; `variablesOf` gets those that are there. */
export function setForLibraries(variablesOf: (environment: Environment) => Readonly<Record<string, string>>): void {
  Object.assign(process.env, variablesOf(process.env));
}
