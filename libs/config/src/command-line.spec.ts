import { expect, it } from 'vitest';
import { valuesOf, VARIABLES } from './app-config.js';
import { readCommandLine, requireNoArguments } from './command-line.js';
import { VARIABLE_FLAGS } from './flags.js';
import { loadConfig } from './load-config.js';

const configOf = (...args: string[]) => loadConfig({ PORT: '1111' }, readCommandLine(args).variables).config;

it('sets variables, which win over the environment', () => {
  expect(valuesOf(configOf('--model', 'Qwen/Qwen3-Reranker-0.6B', '--port=9000', '--dtype', 'f32'))).toMatchObject({
    MODEL_NAME: 'Qwen/Qwen3-Reranker-0.6B',
    PORT: 9000,
    DTYPE: 'f32',
  });
});

it('has an option for every variable but secrets', () => {
  const secrets = VARIABLES.filter(({ secret }) => secret).map(({ name }) => name);
  expect(secrets).toEqual(expect.arrayContaining(['API_KEY', 'HF_TOKEN']));
  expect(VARIABLE_FLAGS.map(({ variable }) => variable.name)).toEqual(
    VARIABLES.map(({ name }) => name).filter((name) => !secrets.includes(name)),
  );
});

it.each([
  ['--api-key', 'API_KEY'],
  ['--hf-token', 'HF_TOKEN'],
  ['--hf-tokn', 'HF_TOKEN'],
])('says where the secret of %s belongs', (flag, name) => {
  const said = `${flag} is no option: a command line is seen by others; set ${name} in the environment or in .env`;
  for (const args of [[flag, 'sesame'], [`${flag}=sesame`]]) {
    expect(() => readCommandLine(args)).toThrow(said);
    expect(() => readCommandLine(args)).not.toThrow('sesame');
  }
});

it('shows of an assignment among the words its name alone', () => {
  const commandLine = readCommandLine(['serve', 'API_KEY=sesame']);
  expect(() => requireNoArguments(commandLine)).toThrow('serve API_KEY: only options are expected here');
  expect(() => requireNoArguments(commandLine)).not.toThrow('sesame');
});

it.each([
  [['--playground'], true],
  [['--no-playground'], false],
  [['--playground=false'], false],
])('reads the switch %j as %s', (args, expected) => {
  expect(configOf(...args).server.PLAYGROUND).toBe(expected);
});

const readUnknown = () => readCommandLine(['--prot', '9000', '--modle=x', '--no-port', '--zzzzzzzz']);

it('names every unknown option, with the nearest one', () => {
  expect(readUnknown).toThrow('--prot is no option; was --port meant?');
  expect(readUnknown).toThrow('--modle is no option; was --model meant?');
  expect(readUnknown).toThrow('--no-port is no option; was --port meant?');
  expect(readUnknown).toThrow('--zzzzzzzz is no option; --help lists them');
});

it('names an option whose value is missing or bad as it was written', () => {
  expect(() => readCommandLine(['--port'])).toThrow('--port must be followed by its value');
  expect(() => configOf('--port', 'http')).toThrow('--port must be a whole number from 0 to 65535, got "http"');
});

it("keeps a command's own options and what is no option apart", () => {
  const args = ['--query', 'a b', 'documents.txt', '--restart', '--env-file', 'my.env', '--', '--odd'];
  const read = readCommandLine(args, { query: 'text', restart: 'switch' });
  expect(read.options).toEqual({ query: 'a b', restart: 'true' });
  expect(read.positionals).toEqual(['documents.txt', '--odd']);
  expect(read.envFile).toBe('my.env');
});
