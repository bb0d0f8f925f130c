import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive } from '#apps/workshop';
import { choosePeers } from './catalogue.js';
import { PeerPool } from './peer-pool.js';
import { PeerProcess } from './peer-process.js';
import { temporaryFolder } from '../../../../test/support/temporary-folder.js';

const folder = temporaryFolder();

/** A server with a child, as vLLM and ours have: /health names the pids of both. */
const SERVER = `
const child = require('node:child_process').spawn('sleep', ['60']);
const about = JSON.stringify([process.pid, child.pid]);
require('node:http').createServer((_, response) => response.end(about)).listen(Number(process.argv[1]), '127.0.0.1');
`;
const start = (name: string, script = SERVER) =>
  PeerProcess.start((port) => [process.execPath, '-e', script, String(port)], path.join(folder, `${name}.log`));
const answers = (server: PeerProcess) =>
  fetch(server.url, { signal: AbortSignal.timeout(1000) }).then(
    ({ ok }) => ok,
    () => false,
  );
describe('a peer process', () => {
  it('stands still when paused, goes on when resumed, and takes its children along when stopped', async () => {
    const server = await start('one');
    const pids = (await (await fetch(server.url)).json()) as number[];
    expect(server.residentBytes).toBeGreaterThan(1e6);
    server.pause();
    expect(await answers(server)).toBe(false);
    server.resume();
    expect(await answers(server)).toBe(true);
    await server.stop();
    // The system forgets an orphan a little later.
    await expect.poll(() => pids.filter((pid) => isAlive(pid))).toEqual([]);
  });

  it('says what a server wrote that did not become ready', async () => {
    await expect(start('broken', 'console.error("no such model"); process.exit(3)')).rejects.toThrow('no such model');
  });
});

describe('the pool', () => {
  const peers = choosePeers('ours');

  it('lets one run at a time and keeps the others still', async () => {
    const pool = new PeerPool(
      ({ name }) => start(name),
      () => 100,
    );
    const { server: first } = await pool.use(peers[0]!);
    const { server: second, isNew } = await pool.use(peers[1]!);
    expect(isNew).toBe(true);
    expect([await answers(first), await answers(second)]).toEqual([false, true]);
    expect(await pool.use(peers[0]!)).toEqual({ server: first, isNew: false });
    expect([await answers(first), await answers(second)]).toEqual([true, false]);
    await pool.stopAll();
  });

  it('ends the one used last where memory is short, for its turn is the farthest', async () => {
    const free = { gib: 100 };
    const started: string[] = [];
    const begin = ({ name }: { readonly name: string }) => {
      started.push(name);
      return start(name);
    };
    const pool = new PeerPool(begin, () => free.gib);
    await pool.use(peers[0]!);
    await pool.use(peers[1]!);
    free.gib = 0;
    const asked = pool.use(peers[2]!);
    free.gib = 100;
    await asked;
    expect((await pool.use(peers[0]!)).isNew).toBe(false);
    expect((await pool.use(peers[1]!)).isNew).toBe(true);
    expect(started).toEqual(['ours-f32', 'ours-bf16', 'ours-int8', 'ours-bf16']);
    await pool.stopAll();
  });
});
