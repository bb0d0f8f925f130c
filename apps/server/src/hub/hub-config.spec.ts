import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { loadConfig } from '#libs/config';
import { hubSettings } from './hub-config.js';
import { folderOfTest } from '../../../../test/support/temporary-folder.js';

let home: string;

beforeEach(() => void (home = folderOfTest()));

const settingsOf = (given: Record<string, string>): ReturnType<typeof hubSettings> =>
  hubSettings(loadConfig({ HF_HOME: home, ...given }).config.hub);

it("takes the token from the variable, else from the file that is named, else from Hugging Face's own", () => {
  expect(settingsOf({}).token).toBeUndefined();
  writeFileSync(path.join(home, 'token'), 'hf_own\n');
  expect(settingsOf({}).token).toBe('hf_own');
  writeFileSync(path.join(home, 'mounted'), 'hf_mounted\n');
  const named = { HF_TOKEN_PATH: path.join(home, 'mounted') };
  expect(settingsOf(named).token).toBe('hf_mounted');
  expect(settingsOf({ ...named, HF_TOKEN: 'hf_variable' }).token).toBe('hf_variable');
});

it('refuses a token file that was named and cannot be read', () => {
  const file = path.join(home, 'absent');
  expect(() => settingsOf({ HF_TOKEN_PATH: file })).toThrow(
    `HF_TOKEN_PATH must be a file with a token, but ${file} cannot be read (ENOENT)`,
  );
});

it('refuses a token that no header can carry, and does not show it', () => {
  const file = path.join(home, 'mounted');
  writeFileSync(file, 'hf_secret\nsecond\n');
  const read = () => settingsOf({ HF_TOKEN_PATH: file });
  expect(read).toThrow(`one token of visible ASCII characters, but ${file} holds something else`);
  expect(read).not.toThrow(/hf_secret/u);
});

it('keeps models where the tools of Hugging Face do', () => {
  expect(settingsOf({}).cacheFolder).toBe(path.join(home, 'hub'));
  expect(settingsOf({ HF_HUB_CACHE: '/models' }).cacheFolder).toBe('/models');
  expect(settingsOf({ HF_ENDPOINT: 'https://mirror.example/' }).endpoint).toBe('https://mirror.example');
});
