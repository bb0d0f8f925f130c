import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spelledPath } from '#libs/api';
import { AdminListener, createApp } from '#apps/server';
import { loadConfig } from '#libs/config';
import { createLogger } from '#libs/logging';
import type { KnownRoute } from '#libs/routes';

const KEY = 'matrix-key';
const OPERATING = path.join(import.meta.dirname, '../../docs/operating.md');

let app: NestFastifyApplication;
let adminUrl: string;

beforeAll(async () => {
  const { config } = loadConfig({ API_KEY: KEY, PLAYGROUND: 'true' });
  app = await createApp(config, createLogger({ level: 'fatal', requests: false }));
  const port = await app.get(AdminListener).listen(app, { host: '127.0.0.1', port: 0 });
  adminUrl = `http://127.0.0.1:${port}`;
}, 60_000);

afterAll(() => app.close());

/** A path that the route's pattern matches. */
function pathOf({ path: pattern }: KnownRoute): string {
  return pattern.replaceAll(/:\w+/gu, 'any').replace('*', '');
}

async function statuses(route: KnownRoute): Promise<readonly number[]> {
  const request = { method: route.method as 'GET', url: pathOf(route) };
  const [plain, keyed, admin] = await Promise.all([
    app.inject(request),
    app.inject({ ...request, headers: { authorization: `Bearer ${KEY}` } }),
    fetch(adminUrl + request.url, { method: request.method }),
  ]);
  return [plain.statusCode, keyed.statusCode, admin.status];
}

it('is what the table of docs/operating.md says: route, key, listener', async () => {
  const routes = app.getHttpAdapter().getInstance().routeTable;
  const rows = new Map<string, Set<string>>();
  for (const route of routes.filter(({ method }) => method === 'GET' || method === 'POST')) {
    const [plain, keyed, admin] = await statuses(route);
    expect(keyed, `${route.method} ${route.path} with a key`).not.toBe(401);
    const row = `${plain === 401 ? '401' : 'answers'} | answers | ${admin === 404 ? '404' : 'answers'} |`;
    rows.set(row, (rows.get(row) ?? new Set()).add(`\`${route.method} ${spelledPath(route.path)}\``));
  }
  // In one row only: a spelling of a path answers as the path does.
  const listed = [...rows.values()].flatMap((row) => Array.from(row));
  expect(new Set(listed).size).toBe(listed.length);
  const table = [...rows]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([row, names]) => `| ${[...names].toSorted().join(', ')} | ${row}`)
    .join('\n');
  expect(readFileSync(OPERATING, 'utf8'), `expected in docs/operating.md:\n${table}`).toContain(table);
}, 180_000);

it('has each method and path once, whatever its parameters are called', () => {
  const routes = app.getHttpAdapter().getInstance().routeTable;
  const claimed = routes.map(({ method, path: pattern }) => `${method} ${pattern.replaceAll(/:\w+/gu, ':')}`);
  expect(claimed.filter((claim, place) => claimed.indexOf(claim) !== place)).toEqual([]);
});

it('answers a path that is none with 404 and another method with 405, key or not', async () => {
  expect((await app.inject({ method: 'POST', url: '/nope' })).statusCode).toBe(404);
  const other = await app.inject({ method: 'PUT', url: '/rerank' });
  expect([other.statusCode, other.headers['allow']]).toEqual([405, 'POST']);
});
