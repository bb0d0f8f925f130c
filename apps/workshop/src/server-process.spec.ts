import { expect, it } from 'vitest';
import { isAlive } from './process-facts.js';
import { ServerProcess } from './server-process.js';

it('a server that is not there in time is ended, and the error says what it wrote', async () => {
  const silent = new ServerProcess({
    script: ['-e', 'console.log("not yet"); setInterval(() => {}, 1e6)'],
    limitMs: 3000,
  });
  await expect(silent.start()).rejects.toThrow(/not within 3000 ms\nnot yet/u);
  expect(isAlive(silent.pid)).toBe(false);
});

it('a server that was not started can be stopped', async () => {
  expect(await new ServerProcess().stop()).toBeNull();
});
