import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { childrenOf, isAlive, residentBytesOfGroup, secondsIn } from './process-facts.js';
import { until } from './until.js';

it('processor time is that of the right fields, whatever the name of the program', () => {
  const stat = '71 (node (a) b) R 1 71 71 0 -1 4194304 900 0 3 0 250 50 7 9 20 0 11 0 100 200 300';
  expect(secondsIn(stat)).toBe(3);
});

it.skipIf(process.platform !== 'linux')('a process that was not collected has no memory in its group', async () => {
  // The shell becomes a program that does not wait for the child that it had.
  const parent = spawn('sh', ['-c', 'sleep 0.1 & exec sleep 60'], { detached: true, stdio: 'ignore' });
  const group = parent.pid!;
  try {
    await until(() => childrenOf(group).some((pid) => !isAlive(pid)));
    expect(residentBytesOfGroup(group)).toBeGreaterThan(0);
  } finally {
    process.kill(-group, 'SIGKILL');
  }
});
