import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { valuesOf, VARIABLES, type AppConfig } from './app-config.js';
import { configurationPage, configurationTable, DEFAULTS, envExample } from './describe-config.js';
import { ALIASES, WITHOUT_EFFECT } from './former-names.js';
import { loadConfig } from './load-config.js';
import { optionsHelp } from './options-help.js';

const root = new URL('../../../', import.meta.url);

/** The examples as somebody would set them: every # in front of an assignment removed. */
function uncommented(): Record<string, string> {
  const assignments = [...envExample().matchAll(/^#(\w+)=(.*)$/gm)];
  return Object.fromEntries(assignments.map(([, name, value]) => [name, value]));
}

it.each([
  ['.env.example', envExample],
  ['docs/configuration.md', configurationPage],
  ['apps/cli/options.txt', optionsHelp],
])('%s is what `npm run generate` writes', (file, generate) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toBe(generate());
});

it('describes every variable once', () => {
  const names = VARIABLES.map(({ name }) => name);
  expect(names.toSorted()).toEqual([...DEFAULTS.keys()].toSorted());
});

it('changes nothing when the example is copied as it is', () => {
  expect(envExample()).not.toMatch(/^[^#\n]/m);
});

it('has an example for every variable, and every example is accepted', () => {
  const { warnings } = loadConfig(uncommented());
  expect(Object.keys(uncommented())).toEqual(VARIABLES.map(({ name }) => name));
  expect(warnings).toEqual([]);
});

it('gives variables with a default that default as the example', () => {
  const plain = VARIABLES.filter(({ unset }) => unset === undefined).map(({ name }) => name);
  const values = (from: AppConfig) => plain.map((name) => valuesOf(from)[name]);
  expect(values(loadConfig(uncommented()).config)).toEqual(values(loadConfig({}).config));
});

it('lists the former names', () => {
  const former = [...ALIASES.keys(), ...WITHOUT_EFFECT.flatMap(({ names }) => names)];
  expect(former.filter((name) => !configurationTable().includes(`\`${name}\``))).toEqual([]);
});

it('makes table rows of three cells, two for former names', () => {
  const cells = configurationTable()
    .split('\n')
    .filter(Boolean)
    .map((row) => row.split('|').length - 2);
  expect(new Set(cells)).toEqual(new Set([3, 2]));
});
