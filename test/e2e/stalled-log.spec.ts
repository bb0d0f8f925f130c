import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

const LOG_OUTPUT = new URL('../../dist/libs/logging/src/log-output.js', import.meta.url).href;
/** For log lines of some length. */
const LONG_ID = 'x'.repeat(128);
/** Writes more than any buffer holds, and wants to end. */
const PROGRAM = `
  const { LogOutput } = await import(${JSON.stringify(LOG_OUTPUT)});
  const output = new LogOutput(1);
  setInterval(() => output.write('x'.repeat(100_000) + '\\n'), 1);
  setTimeout(() => process.exit(7), 500);
`;

// Node gives a child a socket where it is asked for a pipe, and journald gives one too.
it('lets a process end whose log is a socket that is not read', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.pause();
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(7);
});

it('lets the server end too: its engine does not make the socket block', async () => {
  const server = await TestServer.start();
  server.process.stdout!.pause();
  // More lines than a socket holds: 300 bytes each.
  for (let round = 0; round < 100; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        server.post('/rerank', { query: 'q', documents: [] }, { 'x-request-id': LONG_ID }),
      ),
    );
    expect(answers.map(({ status }) => status)).not.toContain(500);
  }
  expect(await server.stop()).toBe(0);
}, 120_000);
