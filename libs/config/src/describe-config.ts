import { configOf, SECTION_NAMES, SECTIONS, valuesOf, VARIABLES } from './app-config.js';
import type { VariableDescription } from './describe-variable.js';
import { ALIASES, WITHOUT_EFFECT } from './former-names.js';

/** The classes without any variable set: what is left are the defaults. */
export const DEFAULTS: ReadonlyMap<string, unknown> = new Map(
  Object.entries(valuesOf(configOf((section) => new SECTIONS[section]()))),
);

const PAGE_HEAD = `# Configuration

<!-- Written by \`npm run generate\` from the definitions in libs/config. -->

Variables come from the environment or from a \`.env\` file in the folder where the server starts; the environment wins.
[.env.example](../.env.example) lists them all. A misspelt name is reported at the start, a bad value is refused with what was
expected. So is a line of the file that would not say what it seems to, by its number: one that is neither \`NAME=value\`, a comment
(\`#\`) nor blank, a quote that is not closed, and a \`#\` without a blank before it in a value without quotes.

Every variable but a secret is an option of the command line too, which wins over both: \`MODEL_NAME\` is \`--model\`, \`MAX_LENGTH\` is
\`--max-length\`, \`PLAYGROUND=false\` is \`--no-playground\`. \`npm start -- --help\` lists them; \`--env-file FILE\` reads another file.

The names of [qwen3-reranker-api](https://github.com/bgeneto/qwen3-reranker-api), the Python server that this one replaces, work
unchanged.`;

/** The text of `.env.example`. Every assignment is commented out, so that a copy changes nothing until it is edited. */
export function envExample(): string {
  const header = [
    '# Copy to .env and remove the # before what you want to change. The environment wins over the file.',
    '# Put a value that holds a # in quotes; a comment behind a value needs a blank before it.',
  ];
  const sections = bySection().map(([section, variables]) => {
    return [`# --- ${section} ---`, ...variables.map(exampleEntry)].join('\n\n');
  });
  return `${[header.join('\n'), ...sections].join('\n\n')}\n`;
}

/** One table per section, then the names of the Python service. */
export function configurationTable(): string {
  const sections = bySection().map(([section, variables]) => {
    return table([section, 'Default', 'Meaning'], variables.map(tableRow));
  });
  const aliases = [...ALIASES].map(([alias, name]) => [code(alias), `read as ${code(name)}`]);
  const idle = WITHOUT_EFFECT.map(({ names, reason }) => [names.map(code).join(', '), `no effect: ${reason}`]);
  return [...sections, table(['Former name', 'Here'], [...aliases, ...idle])].join('\n\n');
}

/** The text of `docs/configuration.md`. */
export function configurationPage(): string {
  return `${PAGE_HEAD}\n\n${configurationTable()}\n`;
}

function bySection(): readonly (readonly [string, readonly VariableDescription[]])[] {
  return SECTION_NAMES.map((name) => [titleOf(name), VARIABLES.filter(({ section }) => section === name)]);
}

export function titleOf(section: string): string {
  return section.charAt(0).toUpperCase() + section.slice(1);
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

/** Without Markdown's marks, for a file that is read as it is. */
export function plain(text: string): string {
  return text.replaceAll('`', '');
}
