import { existsSync, readFileSync, statSync } from 'node:fs';
import { ConfigError } from './config-error.js';
import { isOurs } from './inherited-environment.js';

/** An assignment as dotenv, which @nestjs/config reads the file with, finds it: all it does not find, it passes over in silence. */
const ASSIGNMENT =
  /^\s*(?:export\s+)?(?<name>[\w.-]+)(?<mark>\s*=\s*?|:\s+?)(?<value>\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\n]+)?\s*?(?<comment>#.*)?$/dgmu;
const IS_COMMENT = /^\s*(?:#|$)/u;
const QUOTED = /^\s*(?<quote>['"`])[^]*\k<quote>\s*$/u;
const OPENED = /^\s*(?<quote>['"`])(?![^]*\k<quote>)/u;
/** Name and value on two lines. */
const BROKEN = /^\s*\n\s*=|^\s*[=:]\s*\n/u;
const NO_ASSIGNMENT = 'this is no assignment; write NAME=value, or a # in front of it';

/**
 * Throws a ConfigError with every line that would not say what it seems to: a server that was to ask for keys would be open. Never
 * shows a line, which may hold a key.
 */
export function requireSoundFile(file: string): void {
  if (!existsSync(file)) return;
  const stats = statSync(file);
  if (stats.isDirectory()) throw new ConfigError([`${file} must be a file of variables, but is a folder`]);
  // A pipe can be read once.
  if (!stats.isFile()) return;
  const text = readFileSync(file, 'utf8');
  if (text.includes('\0')) {
    throw new ConfigError([`${file} must be UTF-8 text, but holds null bytes, as UTF-16 does: save it as UTF-8`]);
  }
  const faults = faultsOf(text.replaceAll(/\r\n?/gu, '\n'));
  if (faults.length > 0) throw new ConfigError(faults.map(({ line, fault }) => `${file}, line ${line}: ${fault}`));
}

interface Fault {
  /** From 1. */
  readonly line: number;
  readonly fault: string;
}

function faultsOf(text: string): readonly Fault[] {
  const faults: Fault[] = [];
  let end = 0;
  for (const match of text.matchAll(ASSIGNMENT)) {
    const start = match.indices!.groups!['name']![0];
    faults.push(...otherLines(text, end, match.index));
    end = match.index + match[0].length;
    const fault = faultOf(match.groups!);
    if (fault !== undefined) faults.push({ line: lineAt(text, start), fault });
  }
  return [...faults, ...otherLines(text, end, text.length)];
}

/** What stands between two assignments. */
function otherLines(text: string, start: number, end: number): readonly Fault[] {
  const first = lineAt(text, start);
  return text
    .slice(start, end)
    .split('\n')
    .flatMap((line, index) => (IS_COMMENT.test(line) ? [] : [{ line: first + index, fault: NO_ASSIGNMENT }]));
}

function faultOf({
  name,
  mark,
  value = '',
  comment,
}: Readonly<Record<string, string | undefined>>): string | undefined {
  if (value.trim() !== '' && BROKEN.test(`${mark}${value}`)) return NO_ASSIGNMENT;
  if (OPENED.test(value)) return `the quote that ${name} begins with is not closed`;
  const isCut = comment !== undefined && (value === '' ? /^#\S/u.test(comment) : /\S$/u.test(value));
  if (!isCut || !isOurs(name!) || QUOTED.test(value)) return undefined;
  return `${name} would end before the #: put its value in quotes, or a blank in front of the comment`;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
