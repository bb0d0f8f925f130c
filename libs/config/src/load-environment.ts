import { existsSync } from 'node:fs';
import { ConfigModule as EnvironmentModule } from '@nestjs/config';
import { ConfigError } from './config-error.js';
import { requireSoundFile } from './env-file.js';
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
  requireSoundFile(envFilePath);
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
