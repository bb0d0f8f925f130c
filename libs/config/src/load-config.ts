import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { AppConfig, VARIABLES } from './app-config.js';
import { ConfigError } from './config-error.js';
import { notesOn, warningsOn } from './config-notes.js';
import { givenVariables, type Environment, type GivenVariables } from './given-variables.js';

export interface LoadedConfig {
  readonly config: AppConfig;
  /** Lines for the log: what was read under another name, and what has no effect here. */
  readonly notes: readonly string[];
  /** Lines for the log that probably ask for a change: misspelt names, a key that is not asked for. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks the configuration. An empty value counts as unset. Secrets are not enumerable, so that printing or
 * serialising the result does not show them. `options` are variables from the command line, which win. Throws one ConfigError that names every bad variable.
 */
export function loadConfig(env: Environment, options?: GivenVariables): LoadedConfig {
  const given = givenVariables(env, options);
  const plain = Object.fromEntries([...given].map(([name, { text }]) => [name, text]));
  const config = plainToInstance(AppConfig, plain, { exposeDefaultValues: true });
  const problems = problemsOf(config, given);
  if (problems.length > 0) throw new ConfigError(problems);
  complete(config, env);
  return { config, notes: notesOn(env, given), warnings: warningsOn(env, config) };
}

/** In the order in which the variables are documented. */
function problemsOf(config: AppConfig, given: GivenVariables): readonly string[] {
  const secrets = secretNames();
  const order = VARIABLES.map(({ name }) => name);
  const found = validateSync(config).toSorted((a, b) => order.indexOf(a.property) - order.indexOf(b.property));
  return found.map(({ property, constraints }) => {
    const { text, writtenAs } = given.get(property)!;
    const expected = Object.values(constraints ?? {})[0];
    const got = secrets.includes(property) ? '' : `, got ${JSON.stringify(text)}`;
    return `${writtenAs} must be ${expected}${got}`;
  });
}

/** Fills in the defaults that follow from other variables, hides the secrets, and freezes. */
function complete(config: AppConfig, env: Environment): void {
  Object.assign(config, {
    SERVED_MODEL_NAME: config.SERVED_MODEL_NAME ?? config.MODEL_NAME,
    REQUIRE_API_KEY: config.REQUIRE_API_KEY ?? (config.API_KEY.length > 0 || config.API_KEY_FILE !== undefined),
    PLAYGROUND: config.PLAYGROUND ?? env['NODE_ENV'] !== 'production',
  });
  for (const name of secretNames()) Object.defineProperty(config, name, { enumerable: false });
  Object.freeze(config);
}

function secretNames(): readonly string[] {
  return VARIABLES.flatMap(({ name, secret }) => (secret === true ? [name] : []));
}
