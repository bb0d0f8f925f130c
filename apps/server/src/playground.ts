import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic, { type FastifyStaticOptions } from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { PUBLIC } from '#libs/routes';

/** The page needs itself and this server, nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The page at `/`. It is open without a key, as it holds nothing secret; the API it calls is not. */
export async function servePlayground(app: NestFastifyApplication): Promise<void> {
  // A scope of its own, so that the page's routes alone are open.
  await app.register(async (scope: FastifyInstance) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, facts: PUBLIC };
    });
    await scope.register(fastifyStatic, pageOf(playgroundFolder(import.meta.dirname)));
  });
}

function pageOf(root: string): FastifyStaticOptions {
  return {
    root,
    prefix: '/',
    // A route per file, so that every other path stays the API's.
    wildcard: false,
    decorateReply: false,
    setHeaders: (reply) => void reply.header('Content-Security-Policy', CONTENT_SECURITY_POLICY),
  };
}

/** Found from here upwards: the page is served as it is written, not copied to dist/. */
function playgroundFolder(from: string): string {
  const folder = path.join(from, 'apps/playground/public');
  if (existsSync(path.join(folder, 'index.html'))) return folder;
  const parent = path.dirname(from);
  if (parent === from)
    throw new Error('apps/playground/public/index.html is missing: restore it or set PLAYGROUND=false');
  return playgroundFolder(parent);
}
