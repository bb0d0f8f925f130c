import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAIN = path.join(import.meta.dirname, '../../dist/apps/chaos/src/main.js');

// The scenarios of `npm run chaos` whose bars hold no time, in little. An exit code other than 0 rejects, the table in it.
it.each([
  ['fuzz', '0.02'],
  ['drain', '0.2'],
])(
  'holds the bars of chaos %s',
  async (scenario, scale) => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, scenario, '--scale', scale]);
    expect(stdout).toContain('| ok |');
    expect(stdout).not.toContain('MISSED');
  },
  120_000,
);
