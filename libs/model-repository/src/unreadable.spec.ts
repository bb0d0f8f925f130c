import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { unreadable } from './unreadable.js';

it('says of a file that is not there that it is needed', () => {
  let cause: unknown;
  try {
    readFileSync('/nowhere/config.json');
  } catch (error) {
    cause = error;
  }
  expect(unreadable('/nowhere/config.json', cause)).toBe(
    '/nowhere/config.json cannot be read (ENOENT): a model folder must hold it',
  );
});

it('names the user to whom a file is closed', () => {
  const cause = Object.assign(new Error('permission denied'), { code: 'EACCES' });
  const user = `user ${process.getuid!()} of group ${process.getgid!()}`;
  expect(unreadable('/model', cause)).toContain(
    `/model cannot be read (EACCES): the server runs as ${user}; let it read`,
  );
});
