import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { configOf, SECTIONS, VARIABLES, type AppConfig, type SectionName } from './app-config.js';
import { ConfigError } from './config-error.js';
import { notesOn, warningsOn } from './config-notes.js';
import { givenVariables, type Environment, type GivenVariables } from './given-variables.js';

/** May hold a login or a token, whatever its variable is for. */
const ADDRESS = /\/\/|@/u;

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
  const config = configOf((section) => sectionOf(section, given));
  const problems = Object.values(config).flatMap((section) => problemsOf(section, given));
  if (problems.length > 0) throw new ConfigError(problems);
  complete(config, env);
  return { config, notes: notesOn(env, given), warnings: warningsOn(env, config) };
}

/** The defaults of its class, and over them what was given. */
function sectionOf(section: SectionName, given: GivenVariables): object {
  const own = VARIABLES.filter((variable) => variable.section === section && given.has(variable.name));
  const texts = Object.fromEntries(own.map(({ name }) => [name, given.get(name)!.text]));
  return plainToInstance<object, object>(SECTIONS[section], texts, { exposeDefaultValues: true });
}

/** In the order in which the variables are documented. */
function problemsOf(section: object, given: GivenVariables): readonly string[] {
  const secrets = secretNames();
  const order = VARIABLES.map(({ name }) => name);
  const found = validateSync(section).toSorted((a, b) => order.indexOf(a.property) - order.indexOf(b.property));
  return found.map(({ property, constraints }) => {
    const { text, writtenAs } = given.get(property)!;
    const expected = Object.values(constraints ?? {})[0];
    const isShown = !secrets.includes(property) && !ADDRESS.test(text);
    return `${writtenAs} must be ${expected}${isShown ? `, got ${JSON.stringify(text)}` : ''}`;
  });
}

/** Fills in the defaults that follow from other variables, hides the secrets, and freezes. */
function complete(config: AppConfig, env: Environment): void {
  const { model, keys, server } = config;
  Object.assign(model, { SERVED_MODEL_NAME: model.SERVED_MODEL_NAME ?? model.MODEL_NAME });
  const hasKeys = keys.API_KEY.length > 0 || keys.API_KEY_FILE !== undefined;
  Object.assign(keys, { REQUIRE_API_KEY: keys.REQUIRE_API_KEY ?? hasKeys });
  Object.assign(server, { PLAYGROUND: server.PLAYGROUND ?? env['NODE_ENV'] !== 'production' });
  const secrets = secretNames();
  for (const section of Object.values(config)) {
    for (const name of secrets) if (name in section) Object.defineProperty(section, name, { enumerable: false });
    Object.freeze(section);
  }
  Object.freeze(config);
}

function secretNames(): readonly string[] {
  return VARIABLES.flatMap(({ name, secret }) => (secret === true ? [name] : []));
}
