import { existsSync } from 'node:fs';
import path from 'node:path';
import { BACKEND_NAMES } from '#libs/backends';

export const ADDON = path.join(import.meta.dirname, '../../build/native/addon.node');

/** Whether the native addon was built; `npm test` builds it where a libtorch can be had without asking. */
export const NATIVE_BUILT = existsSync(ADDON);

const TFJS_NODE = path.join(
  import.meta.dirname,
  '../../node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node',
);

/** Whether `npm run tfjs-node` was run since the last `npm ci`. */
export const TFJS_NODE_BUILT = existsSync(TFJS_NODE);

/** What has to be built or installed, and is not; no test needs a GPU. */
const ABSENT = new Set([
  ...(NATIVE_BUILT ? [] : ['libtorch']),
  ...(TFJS_NODE_BUILT ? [] : ['tfjs-node']),
  'tfjs-node-gpu',
]);

/** The backends a suite runs on: all that are here. */
export const BACKENDS: readonly string[] = BACKEND_NAMES.filter((name) => !ABSENT.has(name));
