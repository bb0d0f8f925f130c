import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

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
  await app.register(fastifyStatic, {
    root: playgroundFolder(import.meta.dirname),
    prefix: '/',
    // A route per file, so that every other path stays the API's.
    wildcard: false,
    decorateReply: false,
    setHeaders: (reply) => {
      reply.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      reply.header('X-Content-Type-Options', 'nosniff');
      reply.header('Referrer-Policy', 'no-referrer');
    },
  });
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
