import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ConfigError, type HubConfig } from '#libs/config';
import type { HubSettings } from '#libs/model-repository';

const TOKEN = /^[\x21-\x7e]+$/u;

/** Where models of the hub lie, also for a server that downloads nothing. */
export function hubCacheFolder(config: HubConfig): string {
  return path.resolve(config.HF_HUB_CACHE ?? path.join(homeFolder(config), 'hub'));
}

/** Throws ConfigError when a token file was named and cannot be read. */
export function hubSettings(config: HubConfig): HubSettings {
  const token = config.HF_TOKEN ?? tokenFromFile(config);
  return {
    endpoint: config.HF_ENDPOINT.replace(/\/+$/u, ''),
    cacheFolder: hubCacheFolder(config),
    offline: config.HF_HUB_OFFLINE,
    ...(token !== undefined && token !== '' && { token }),
  };
}

function homeFolder({ HF_HOME }: HubConfig): string {
  return HF_HOME ?? path.join(os.homedir(), '.cache', 'huggingface');
}

function tokenFromFile(config: HubConfig): string | undefined {
  const file = config.HF_TOKEN_PATH ?? path.join(homeFolder(config), 'token');
  if (config.HF_TOKEN_PATH === undefined && !existsSync(file)) return undefined;
  const token = contentsOf(file).trim();
  // A header cannot carry anything else, and the error that says so would show it.
  if (token === '' || TOKEN.test(token)) return token;
  throw new ConfigError([
    `HF_TOKEN_PATH must be a file with one token of visible ASCII characters, but ${file} holds something else`,
  ]);
}

function contentsOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([
      `HF_TOKEN_PATH must be a file with a token, but ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    ]);
  }
}
