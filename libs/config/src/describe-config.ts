import { AppConfig, VARIABLES } from './app-config.js';
import type { VariableDescription } from './describe-variable.js';
import { ALIASES, WITHOUT_EFFECT } from './former-names.js';

const TABLE_START = '<!-- configuration:start -->';
const TABLE_END = '<!-- configuration:end -->';

/** The class without any variable set: what is left are the defaults. */
const DEFAULTS: ReadonlyMap<string, unknown> = new Map(Object.entries(new AppConfig()));

/** The text of `.env.example`. Every assignment is commented out, so that a copy changes nothing until it is edited. */
export function envExample(): string {
  const header = [
    '# Copy to .env and remove the # before what you want to change. The environment wins over the file.',
    '# Put a value that holds a # in quotes: an unquoted one ends there.',
  ];
  const sections = bySection().map(([section, variables]) => {
    return [`# --- ${section} ---`, ...variables.map(exampleEntry)].join('\n\n');
  });
  return `${[header.join('\n'), ...sections].join('\n\n')}\n`;
}

/** The README's tables: one per section, then the names of the Python service. */
export function configurationTable(): string {
  const sections = bySection().map(([section, variables]) => {
    return table([section, 'Default', 'Meaning'], variables.map(tableRow));
  });
  const aliases = [...ALIASES].map(([alias, name]) => [code(alias), `read as ${code(name)}`]);
  const idle = WITHOUT_EFFECT.map(({ names, reason }) => [names.map(code).join(', '), `no effect: ${reason}`]);
  return [...sections, table(['Former name', 'Here'], [...aliases, ...idle])].join('\n\n');
}

/** Replaces the tables between the two markers; everything around them stays. Throws when a marker is missing. */
export function withConfigurationTable(readme: string): string {
  const start = readme.indexOf(TABLE_START);
  const end = readme.indexOf(TABLE_END);
  if (start < 0 || end < start) {
    throw new Error(`README.md must hold ${TABLE_START} and then ${TABLE_END}: put both where the tables belong`);
  }
  return `${readme.slice(0, start)}${TABLE_START}\n\n${configurationTable()}\n\n${readme.slice(end)}`;
}

function bySection(): readonly (readonly [string, readonly VariableDescription[]])[] {
  const sections = [...new Set(VARIABLES.map(({ section }) => section))];
  return sections.map((section) => [section, VARIABLES.filter((variable) => variable.section === section)]);
}

function exampleEntry({ name, text, unset, example }: VariableDescription): string {
  const value = unset === undefined ? String(DEFAULTS.get(name)) : (example ?? plain(unset));
  const shown = unset === undefined ? '' : ` Default: ${plain(unset)}.`;
  return `# ${plain(text)}${shown}\n#${name}=${value}`;
}

function tableRow({ name, text, unset }: VariableDescription): readonly string[] {
  return [code(name), unset ?? code(String(DEFAULTS.get(name))), text];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Without Markdown's marks, for a file that nobody renders. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}
