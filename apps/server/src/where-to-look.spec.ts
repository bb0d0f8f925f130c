import { expect, it } from 'vitest';
import { whereToLook } from './where-to-look.js';

it('names what is served, as a browser on this machine reaches it', () => {
  const bound = { address: '0.0.0.0', family: 'IPv4', port: 8004 };
  expect(whereToLook({ PLAYGROUND: true, DOCS: true }, bound)).toBe(
    'try it at http://localhost:8004/, the API is described at http://localhost:8004/docs, its state is at ' +
      'http://localhost:8004/health; Ctrl-C stops the server',
  );
  expect(whereToLook({ PLAYGROUND: false, DOCS: false }, bound)).toBe(
    'its state is at http://localhost:8004/health; Ctrl-C stops the server',
  );
});

it('keeps an address that only others can reach', () => {
  const bound = { address: 'fe80::1', family: 'IPv6', port: 9000 };
  expect(whereToLook({ PLAYGROUND: true, DOCS: false }, bound)).toContain('try it at http://[fe80::1]:9000/,');
});
