import { existsSync, readFileSync, statSync } from 'node:fs';
import { ConfigModule as EnvironmentModule } from '@nestjs/config';
import { ConfigError } from './config-error.js';
import type { Environment, GivenVariables } from './given-variables.js';
import { withoutOurs } from './inherited-environment.js';
import { loadConfig, type LoadedConfig } from './load-config.js';

const DEFAULT_FILE = '.env';

export interface EnvironmentSources {
  /** Must exist; absent: `.env`, where there is one. */
  readonly envFile?: string;
  /** From the command line. */
  readonly variables?: GivenVariables;
  /** Taken where nothing else sets them. */
  readonly defaults?: Environment;
}

/** Reads options, the environment and a .env file; the former win over the latter. Throws a ConfigError. */
export async function loadEnvironment({
  envFile,
  variables,
  defaults,
}: EnvironmentSources = {}): Promise<LoadedConfig> {
  const envFilePath = envFile ?? DEFAULT_FILE;
  if (envFile !== undefined && !existsSync(envFile))
    throw new ConfigError([`--env-file must be a file of variables, but there is no ${envFile}`]);
  requireUtf8(envFilePath);
  let loaded: LoadedConfig | undefined;
  const validate = (env: Environment): Environment => {
    loaded = loadConfig({ ...defaults, ...env }, variables);
    // @nestjs/config copies what is returned here to process.env: names for the libraries below us, such as
    // CUDA_VISIBLE_DEVICES, but none of ours. Those are passed on as values.
    return withoutOurs(env);
  };
  await EnvironmentModule.forRoot({ envFilePath, validate });
  return loaded!;
}

/** Another encoding reads as a file without variables: a server that was to ask for keys would be open. */
function requireUtf8(file: string): void {
  if (!existsSync(file) || !statSync(file).isFile()) return;
  if (readFileSync(file).includes(0)) {
    throw new ConfigError([`${file} must be UTF-8 text, but holds null bytes, as UTF-16 does: save it as UTF-8`]);
  }
}
