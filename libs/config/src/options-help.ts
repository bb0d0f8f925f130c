import { DEFAULTS, plain, titleOf } from './describe-config.js';
import { VARIABLE_FLAGS, type VariableFlag } from './flags.js';

const WIDTH = 110;
const INDENT = ' '.repeat(6);

/** The text of `apps/cli/options.txt`: every option that sets a variable, by section, as `--help` prints it. */
export function optionsHelp(): string {
  const sections = [...new Set(VARIABLE_FLAGS.map(({ variable }) => variable.section))];
  const texts = sections.map((section) => {
    const flags = VARIABLE_FLAGS.filter(({ variable }) => variable.section === section);
    return [`${titleOf(section)}:`, ...flags.map(optionHelp)].join('\n');
  });
  return `${texts.join('\n\n')}\n`;
}

function optionHelp({ flag, isSwitch, variable }: VariableFlag): string {
  const { name, text, unset } = variable;
  const fallback = plain(unset ?? String(DEFAULTS.get(name)));
  const usage = isSwitch ? `--${flag}, --no-${flag}` : `--${flag} VALUE`;
  return [`  ${usage}  (${name})`, ...wrapped(`${plain(text)} Default: ${fallback}.`)].join('\n');
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.split(' ')) {
    if (line.length + word.length >= WIDTH) {
      lines.push(line.trimEnd());
      line = INDENT;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
