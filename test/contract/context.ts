import type { TestServer } from '../support/server.js';
import type { Scored } from './asked.js';

/** As the recorded requests send it. */
export const KEY = 'k';
export const MAX_BODY_BYTES = 200_000;

/** What the contract tests share: one server, and what it answers on its own path. */
export interface Context {
  readonly server: TestServer;
  readonly expected: readonly Scored[];
}
