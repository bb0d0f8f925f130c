import { existsSync } from 'node:fs';
import path from 'node:path';

const ADDON = path.join(import.meta.dirname, '../../build/native/addon.node');

/** Whether the native addon was built; `npm test` builds it where a libtorch can be had without asking. */
export const NATIVE_BUILT = existsSync(ADDON);

/** The backends a suite runs on: all that are here. */
export const BACKENDS: readonly string[] = NATIVE_BUILT ? ['tfjs', 'libtorch'] : ['tfjs'];
