import { VARIABLES, type AppConfig } from './app-config.js';
import { ALIASES, WITHOUT_EFFECT } from './former-names.js';
import { givenText, type Environment, type GivenVariables } from './given-variables.js';
import { misspeltNames } from './misspelt-names.js';

/** What an operator should know about settings that are fine: aliases, a costly cap, names without effect. */
export function notesOn(env: Environment, given: GivenVariables): readonly string[] {
  const batchSize = given.get('BATCH_SIZE')?.text;
  const cost = `BATCH_SIZE=${batchSize} ends batches before their token budget is used, which costs throughput`;
  return [...aliasNotes(env, given), ...(batchSize === undefined ? [] : [cost]), ...withoutEffectNote(env)];
}

/** What looks like a mistake. Never shows the value of a misspelt name, which may be a key. */
export function warningsOn(env: Environment, { keys: { API_KEY, REQUIRE_API_KEY } }: AppConfig): readonly string[] {
  const known = [...VARIABLES.map(({ name }) => name), ...ALIASES.keys()];
  const withoutEffect = new Set(WITHOUT_EFFECT.flatMap(({ names }) => names));
  const others = Object.keys(env).filter((name) => !withoutEffect.has(name));
  const misspelt = misspeltNames(others, known).map(({ name, meant }) => `${name} is not read; was ${meant} meant?`);
  const open = 'API_KEY is set but REQUIRE_API_KEY is false: requests without a key are answered too';
  return API_KEY.length > 0 && !REQUIRE_API_KEY ? [...misspelt, open] : misspelt;
}

function aliasNotes(env: Environment, given: GivenVariables): readonly string[] {
  return [...ALIASES]
    .filter(([alias]) => givenText(env, alias) !== '')
    .map(([alias, name]) => {
      const isRead = given.get(name)?.writtenAs === alias;
      return isRead ? `${alias} is read as ${name}` : `${alias} is not read because ${name} is set`;
    });
}

/** One line for all of them. */
function withoutEffectNote(env: Environment): readonly string[] {
  const reasons = WITHOUT_EFFECT.flatMap(({ names, reason }) => {
    const present = names.filter((name) => givenText(env, name) !== '');
    return present.length === 0 ? [] : [`${present.join(', ')} (${reason})`];
  });
  return reasons.length === 0 ? [] : [`without effect here: ${reasons.join('; ')}`];
}
