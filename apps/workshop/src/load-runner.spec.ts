import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { figuresOf } from './load-figures.js';
import { closedLoop, openLoop, poissonSchedule } from './load-runner.js';
import { Random } from './random.js';
import { RerankClient } from './rerank-client.js';

const STALL_MS = 300;

let server: Server | undefined;
const client = new RerankClient();

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function listen(answer: RequestListener): Promise<{ url: string; path: string }> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, path: '/' };
}

describe('open load', () => {
  it('counts a stall of the server for every request that was due during it', async () => {
    const opens = performance.now() + STALL_MS;
    const target = await listen((_, response) => setTimeout(() => response.end('{}'), opens - performance.now()));
    const startedMs = performance.now();
    const send = async () => String((await client.post(target, '{}')).status);
    const { samples } = await openLoop(send, [0, 50, 100, 150]);
    for (const { intendedMs, endedMs } of samples) {
      expect(endedMs - intendedMs).toBeGreaterThanOrEqual(opens - intendedMs - 2); // Timers may fire a millisecond early.
      expect(intendedMs).toBeGreaterThanOrEqual(startedMs);
    }
  });

  it('counts a stall of the generator itself from when each request was due, and tells of it', async () => {
    const target = await listen((_, response) => response.end('{}'));
    let sent = 0;
    const send = async () => {
      sent += 1;
      const until = performance.now() + STALL_MS;
      if (sent === 1) while (performance.now() < until) void 0; // Nothing else can be sent meanwhile.
      await client.post(target, '{}');
      return 'ok';
    };
    const run = await openLoop(send, [0, 10, 20]);
    const figures = figuresOf([run], 1);
    expect(figures.p50Ms).toBeGreaterThanOrEqual(STALL_MS - 20);
    expect(figures.lateMs).toBeGreaterThanOrEqual(STALL_MS - 20);
  });

  it('offers the rate it is asked for, with the gaps of independent callers', () => {
    const random = new Random();
    const times = poissonSchedule(50, 200, () => random.next());
    expect(times.length).toBeGreaterThan(9500);
    expect(times.length).toBeLessThan(10_500);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    // Of exponential gaps 1 - 1/e are below their mean.
    expect(gaps.filter((gap) => gap < 20).length / gaps.length).toBeCloseTo(1 - 1 / Math.E, 1);
  });
});

describe('closed load', () => {
  it('keeps as many requests under way as there are callers', async () => {
    let active = 0;
    let most = 0;
    const target = await listen((_, response) => {
      active += 1;
      most = Math.max(most, active);
      setTimeout(() => {
        active -= 1;
        response.end('{}');
      }, 20);
    });
    const send = async () => ((await client.post(target, '{}')).status === 200 ? 'ok' : 'refused');
    const { samples } = await closedLoop(send, { concurrency: 3, seconds: 0.2 });
    expect(most).toBe(3);
    expect(samples.every(({ outcome }) => outcome === 'ok')).toBe(true);
  });

  it('counts refusals and servers that are gone by name, and goes on', async () => {
    const target = await listen((_, response) => response.writeHead(429).end('{}'));
    const refused = await closedLoop(async () => String((await client.post(target, '{}')).status), {
      concurrency: 1,
      seconds: 0.01,
    });
    expect(Object.keys(figuresOf([refused], 1).errors)).toEqual(['429']);
    const gone = { url: 'http://127.0.0.1:1', path: '/' };
    const failed = await closedLoop(async () => String((await client.post(gone, '{}')).status), {
      concurrency: 1,
      seconds: 0.01,
    });
    expect(Object.keys(figuresOf([failed], 1).errors)).toEqual(['ECONNREFUSED']);
  });
});
