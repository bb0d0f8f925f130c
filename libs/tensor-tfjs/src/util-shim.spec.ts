import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { restoreRemovedFunctions } from './util-shim.js';

describe('functions that Node removed from util', () => {
  it('are back where they are missing', () => {
    const target: { isArray?: (value: unknown) => boolean; isNullOrUndefined?: (value: unknown) => boolean } = {};
    restoreRemovedFunctions(target);
    expect([[], {}, 'a', null].map((value) => target.isArray!(value))).toEqual([true, false, false, false]);
    const values = [null, undefined, 0, '', false];
    expect(values.map((value) => target.isNullOrUndefined!(value))).toEqual([true, true, false, false, false]);
  });

  it('stay as they are where Node has them', () => {
    const target = { isArray: Number.isInteger };
    restoreRemovedFunctions(target);
    expect(target.isArray).toBe(Number.isInteger);
  });

  it('are there for CommonJS modules, which is what tfjs-node is', () => {
    restoreRemovedFunctions();
    const util = createRequire(import.meta.url)('util') as Record<string, unknown>;
    expect(util['isNullOrUndefined']).toBeTypeOf('function');
  });
});
