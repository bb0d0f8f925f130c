import type { AddressInfo } from 'node:net';
import type { ServerConfig } from '#libs/config';

/** Addresses that are this machine for a browser on it. */
const ANY_ADDRESS = new Set(['0.0.0.0', '::', '127.0.0.1', '::1']);

/** The line that tells a person what to open next. */
export function whereToLook(
  { PLAYGROUND, DOCS }: Pick<ServerConfig, 'PLAYGROUND' | 'DOCS'>,
  bound: AddressInfo,
): string {
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  const base = `http://${ANY_ADDRESS.has(bound.address) ? 'localhost' : host}:${bound.port}`;
  const pages = [
    ...(PLAYGROUND ? [`try it at ${base}/`] : []),
    ...(DOCS ? [`the API is described at ${base}/docs`] : []),
    `its state is at ${base}/health`,
  ];
  return `${pages.join(', ')}; Ctrl-C stops the server`;
}
