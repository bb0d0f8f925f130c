import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiKeys } from './api-keys.js';
import { loadConfig } from './load-config.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;
let file: string;
let nowMs: number;

beforeEach(() => {
  folder = folderOfTest();
  file = path.join(folder, 'keys');
  nowMs = 0;
});

function keys(env: Record<string, string> = { API_KEY_FILE: file }): ApiKeys {
  return new ApiKeys(loadConfig(env).config.keys, () => nowMs);
}

function has(opening: ApiKeys, key: string): boolean {
  return opening.rightsOf(key) !== undefined;
}

describe('the keys', () => {
  it('are those of the variable and of the file', () => {
    writeFileSync(file, '# team a\nfirst\r\n\n  second\n');
    const both = keys({ API_KEY: 'third', API_KEY_FILE: file });
    expect(['first', 'second', 'third', '# team a', '', 'fourth'].filter((key) => has(both, key))).toEqual([
      'first',
      'second',
      'third',
    ]);
  });

  it('of the file may be kept from a high priority', () => {
    writeFileSync(file, 'nightly  best-priority=2\npeople\n');
    const both = keys({ API_KEY: 'own', API_KEY_FILE: file });
    expect(['nightly', 'people', 'own'].map((key) => both.rightsOf(key)?.bestPriority)).toEqual([2, 0, 0]);
  });

  it('follow the file, looked at once a second, when it is rewritten or replaced', () => {
    writeFileSync(file, 'old');
    const rotating = keys();
    writeFileSync(file, 'newer');
    nowMs += 1500;
    expect([has(rotating, 'old'), has(rotating, 'newer')]).toEqual([false, true]);
    writeFileSync(`${file}.next`, 'third');
    renameSync(`${file}.next`, file);
    expect(has(rotating, 'third')).toBe(false);
    nowMs += 1500;
    expect([has(rotating, 'newer'), has(rotating, 'third')]).toEqual([false, true]);
  });

  it.each(['', '# none\n', 'two words\n', 'key best-priority=1000', 'key best-priority=-1', 'key priority=2'])(
    'stay as they are when the file becomes %j',
    (content) => {
      writeFileSync(file, 'old');
      const rotating = keys();
      writeFileSync(file, content);
      nowMs += 1500;
      expect(has(rotating, 'old')).toBe(true);
    },
  );

  it('stay as they are when the file is gone', () => {
    writeFileSync(file, 'old');
    const rotating = keys();
    rmSync(file);
    nowMs += 1500;
    expect(has(rotating, 'old')).toBe(true);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['without a key', '#\n'],
  ])('refuse to start with a file that is %s', (_name, content) => {
    if (content !== undefined) writeFileSync(file, content);
    expect(() => keys()).toThrow(/API_KEY_FILE/u);
  });

  it('are asked for when only the file is set', () => {
    expect(loadConfig({ API_KEY_FILE: file }).config.keys.REQUIRE_API_KEY).toBe(true);
    expect(() => loadConfig({ API_KEY_FILE: file, REQUIRE_API_KEY: 'true' })).not.toThrow();
  });
});
