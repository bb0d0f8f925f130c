// `node --import ./test/gpu/node-hooks.mjs`: `vitest` is Node's own test runner here, which needs nothing installed.
import { register } from 'node:module';

const SHIM = new URL('vitest-on-node.mjs', import.meta.url).href;
const HOOKS = `export async function resolve(specifier, context, next) {
  return specifier === 'vitest' ? { url: ${JSON.stringify(SHIM)}, shortCircuit: true } : next(specifier, context);
}`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
