import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { childrenOf, isAlive, ServerProcess, until } from '#apps/workshop';
import { TestServer } from '../support/server.js';

const MOST_LINES = 12;

it('starts with some ten lines that a person can read', async () => {
  const server = await TestServer.start({ LOG_FORMAT: 'text', MODEL_CHECK: 'warn' });
  await server.until(() => server.log.includes('check passed'));
  const lines = server.log.trim().split('\n');
  expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
  for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d {2}\S/u);
  expect(server.log).toMatch(/embedded is ready: \S+ \S+ on cpu, f32, .*tokens\/s measured/u);
  expect(server.log).toContain('its state is at http://localhost:');
  await server.stop();
}, 60_000);

it('writes JSON where there is no terminal, and lists routes only at debug', async () => {
  const server = await TestServer.start();
  for (const line of server.log.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ level: 'info' });
  expect(server.log).not.toContain('Mapped');
  expect(await server.stop('SIGINT')).toBe(0);
  expect(server.log).not.toContain('"level":"error"');
  const chatty = await TestServer.start({ LOG_LEVEL: 'debug' });
  expect(chatty.log).toContain('Mapped {/rerank, POST} route');
  await chatty.stop();
}, 60_000);

it('says once, in a sentence, that its port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const server = TestServer.spawn({ PORT: String((other.address() as AddressInfo).port) });
  expect(await server.exit()).toBe(1);
  expect(server.log.match(/in use/gu)).toHaveLength(1);
  expect(server.log).not.toContain('EADDRINUSE');
  other.close();
}, 60_000);

it('ends with 0 at a second Ctrl-C, which npm passes on, and beside a connection that sends nothing', async () => {
  const server = await TestServer.start();
  const idle = connect(Number(new URL(server.url).port), '127.0.0.1');
  await new Promise((resolve) => idle.once('connect', resolve));
  process.kill(server.pid, 'SIGINT');
  await server.until(() => server.log.includes('draining'));
  expect(await server.stop('SIGINT')).toBe(0);
  idle.destroy();
}, 60_000);

it.each([
  ['SIGTERM', 0],
  ['SIGHUP', null],
] as const)(
  'leaves neither server nor engine behind when %s ends `npm start`',
  async (signal, status) => {
    const npm = realpathSync(path.join(path.dirname(process.execPath), 'npm'));
    const started = await new ServerProcess({ env: { MODEL_CHECK: 'off' }, script: [npm, 'start'] }).start();
    const [server] = childrenOf(started.pid);
    const pids = [server!, ...childrenOf(server!)];
    onTestFinished(() => pids.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL')));
    expect(pids.length).toBeGreaterThan(1);
    expect(await started.stop(signal)).toBe(status);
    await until(() => !pids.some(isAlive), { limitMs: 20_000 });
  },
  60_000,
);
