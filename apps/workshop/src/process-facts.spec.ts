import { expect, it } from 'vitest';
import { secondsIn } from './process-facts.js';

it('processor time is that of the right fields, whatever the name of the program', () => {
  const stat = '71 (node (a) b) R 1 71 71 0 -1 4194304 900 0 3 0 250 50 7 9 20 0 11 0 100 200 300';
  expect(secondsIn(stat)).toBe(3);
});
