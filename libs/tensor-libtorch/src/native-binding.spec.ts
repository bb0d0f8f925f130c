import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadBinding, nativePackage } from './native-binding.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';

const folder = temporaryFolder();

it.each([
  ['from before there were versions', 'module.exports = {};'],
  ['of another version', 'module.exports = { interfaceVersion: -1 };'],
])('refuses an addon %s, and says what to run', (_, source) => {
  const file = path.join(folder, 'addon.cjs');
  writeFileSync(file, source);
  expect(() => loadBinding(file)).toThrow(/was built from other sources: run `npm run build:native`/u);
});

it('says why an addon does not load', () => {
  const file = path.join(folder, 'addon.node');
  writeFileSync(file, 'no library');
  expect(() => loadBinding(file)).toThrow(/does not load \(.*\): run `npm run libtorch`/u);
});

it('refuses the addon of a package of another version, and says what to install', () => {
  const name = nativePackage();
  mkdirSync(path.join(folder, name));
  const file = path.join(folder, name, 'addon.cjs');
  writeFileSync(file, 'module.exports = { interfaceVersion: -1 };');
  expect(() => loadBinding(file)).toThrow(`belongs to another version: install ${name} in the version`);
});
