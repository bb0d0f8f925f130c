import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const PROGRAM = path.join(import.meta.dirname, '../support/closing-app.mjs');

describe('a closed application', () => {
  it.each([
    ['after it was used', 'used', '200 400\nclosed\n'],
    ['while its model is still opened', 'opening', 'closed\n'],
  ])(
    'leaves no process, thread, port or timer: %s',
    async (_when, how, expected) => {
      // Rejects when it had to be killed: something was left that it waited for.
      const limits = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
      const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, how], limits);
      expect(stdout).toBe(expected);
    },
    90_000,
  );
});
