import { ConfigError } from './config-error.js';
import { SECRET_FLAGS, VARIABLE_FLAGS } from './flags.js';
import type { GivenVariables } from './given-variables.js';
import { closestName } from './misspelt-names.js';

/** Options of one command beside those that set variables: `text` wants a value, `switch` is true when it is there. */
export type CommandOptions = Readonly<Record<string, 'text' | 'switch'>>;

export interface CommandLine {
  /** Variables that were set by options. */
  readonly variables: GivenVariables;
  /** From `--env-file`; absent: `.env`, where there is one. */
  readonly envFile?: string;
  /** The command's own options: their text, `true` for a switch. */
  readonly options: Readonly<Record<string, string>>;
  /** What is no option, in order. */
  readonly positionals: readonly string[];
}

interface Known {
  readonly isSwitch: boolean;
  take(text: string, writtenAs: string): void;
}

/**
 * Reads `--name value`, `--name=value`, `--switch` and `--no-switch`; what follows `--` is no option. Throws a ConfigError that
 * names every option that is unknown, with the nearest known one, or lacks its value.
 */
export function readCommandLine(args: readonly string[], own: CommandOptions = {}): CommandLine {
  const variables = new Map<string, { text: string; writtenAs: string }>();
  const options: Record<string, string> = {};
  const known = new Map<string, Known>([
    ...VARIABLE_FLAGS.map(({ flag, isSwitch, variable }): [string, Known] => [
      flag,
      { isSwitch, take: (text, writtenAs) => void variables.set(variable.name, { text, writtenAs }) },
    ]),
    ...[...Object.entries(own), ['env-file', 'text'] as const].map(([name, kind]): [string, Known] => [
      name,
      { isSwitch: kind === 'switch', take: (text) => void (options[name] = text) },
    ]),
  ]);
  const { positionals, problems } = readOptions(args, known);
  if (problems.length > 0) throw new ConfigError(problems);
  const { 'env-file': envFile, ...others } = options;
  return { variables, positionals, options: others, ...(envFile !== undefined && { envFile }) };
}

/** For commands that take options only. Throws a ConfigError. */
export function requireNoArguments({ positionals }: CommandLine): void {
  if (positionals.length > 0)
    throw new ConfigError([`${shownWords(positionals)}: only options are expected here, such as --port 8004`]);
}

/** Without what stands behind a `=`: `API_KEY=...` as a word is a mistake that must not end in a log. */
export function shownWords(words: readonly string[]): string {
  return words.map((word) => word.split('=', 1)[0]).join(' ');
}

function readOptions(args: readonly string[], known: ReadonlyMap<string, Known>) {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const positionals: string[] = [];
  const problems: string[] = [];
  const open = args.slice(0, end);
  for (let arg = open.shift(); arg !== undefined; arg = open.shift()) {
    const written = /^--(?<no>no-)?(?<name>[^=]+)(?:=(?<text>.*))?$/su.exec(arg)?.groups;
    if (written === undefined) positionals.push(arg);
    else
      problems.push(
        ...readOption({ arg, no: written['no'], name: written['name']!, text: written['text'] }, open, known),
      );
  }
  return { positionals: [...positionals, ...args.slice(end + 1)], problems };
}

interface WrittenOption {
  readonly arg: string;
  readonly no: string | undefined;
  readonly name: string;
  readonly text: string | undefined;
}

/** Takes the value from the words that follow where it does not stand in the same word. Answers what is wrong. */
function readOption(
  { arg, no, name, text }: WrittenOption,
  following: string[],
  known: ReadonlyMap<string, Known>,
): readonly string[] {
  const option = known.get(name);
  if (option === undefined || (no !== undefined && !option.isSwitch)) return [unknown(arg, name, known)];
  const value = text ?? (option.isSwitch ? String(no === undefined) : following.shift());
  if (value === undefined) return [`--${name} must be followed by its value`];
  option.take(value, `--${name}`);
  return [];
}

function unknown(arg: string, name: string, known: ReadonlyMap<string, Known>): string {
  const meant = closestName(name, [...known.keys(), ...SECRET_FLAGS.keys()]);
  const said = `${shownWords([arg])} is no option`;
  if (meant === undefined) return `${said}; --help lists them`;
  const secret = SECRET_FLAGS.get(meant);
  if (secret === undefined) return `${said}; was --${meant} meant?`;
  return `${said}: a command line is seen by others; set ${secret} in the environment or in .env`;
}
