import util from 'node:util';

/** Functions that tfjs-node 4.22 calls and that Node 23 removed from `util`. */
const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: Array.isArray,
  isNullOrUndefined: (value) => value === null || value === undefined,
};

/** Puts back what is missing, in the object that `require('util')` answers too. */
export function restoreRemovedFunctions(target: object = util): void {
  for (const [name, value] of Object.entries(REMOVED)) {
    if (!(name in target)) Object.defineProperty(target, name, { value });
  }
}
