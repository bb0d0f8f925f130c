import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADDON, NATIVE_BUILT } from '../support/backends.js';

const SCRIPT = path.join(import.meta.dirname, '../../dist/apps/bench/src/endings.js');
const OPENING_MS = 120_000;

/** A process of its own: what goes wrong here ends it. */
function end(...how: string[]) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...how], { encoding: 'utf8' });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return stdout;
}

describe.skipIf(!NATIVE_BUILT)('the native backend with passes in flight', () => {
  it.each([[], ['--as-on-gpu']])(
    'settles every one when it is closed %s',
    (...options) => {
      const { settled, after, scratchBytes } = JSON.parse(end('close', ...options)) as {
        settled: string[];
        after: string;
        scratchBytes: number;
      };
      expect(new Set(settled)).toEqual(new Set(['computed', 'CLOSED']));
      expect(settled).toEqual(settled.toSorted().toReversed()); // in their order
      expect({ after, scratchBytes }).toEqual({ after: 'CLOSED', scratchBytes: 0 });
    },
    OPENING_MS,
  );

  it(
    'leaves the process alone when a Worker is terminated',
    () => {
      expect(JSON.parse(end('worker'))).toEqual({ terminated: 4 });
    },
    OPENING_MS,
  );

  it(
    'ends its threads before the process ends itself',
    () => {
      expect(JSON.parse(end('exit', '--addon', ADDON))).toEqual({ after: 'CLOSED' });
    },
    OPENING_MS,
  );
});
