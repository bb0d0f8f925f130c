import { getMetadataStorage } from 'class-validator';
import { SECTIONS, VARIABLES } from './app-config.js';
import type { VariableDescription } from './describe-variable.js';

/** A variable as an option of the command line. */
export interface VariableFlag {
  /** Without the dashes. */
  readonly flag: string;
  /** True or false: the option alone means true. */
  readonly isSwitch: boolean;
  readonly variable: VariableDescription;
}

/** Shorter than what the rule makes of the name. */
const SHORT: ReadonlyMap<string, string> = new Map([['MODEL_NAME', 'model']]);

/** Every variable but secrets, which a command line would show to all users of the machine. */
export const VARIABLE_FLAGS: readonly VariableFlag[] = VARIABLES.filter(({ secret }) => secret !== true).map(
  (variable) => ({ flag: flagOf(variable.name), isSwitch: switches().has(variable.name), variable }),
);

/** What such an option of a secret would be called: the variable by its flag. */
export const SECRET_FLAGS: ReadonlyMap<string, string> = new Map(
  VARIABLES.flatMap(({ name, secret }) => (secret === true ? [[flagOf(name), name] as const] : [])),
);

/** `MAX_LENGTH` is `max-length`. */
function flagOf(name: string): string {
  return SHORT.get(name) ?? name.toLowerCase().replaceAll('_', '-');
}

function switches(): ReadonlySet<string> {
  const rules = Object.values(SECTIONS).flatMap((section) =>
    getMetadataStorage().getTargetValidationMetadatas(section, '', false, false),
  );
  return new Set(rules.filter(({ name }) => name === 'isBoolean').map(({ propertyName }) => propertyName));
}
