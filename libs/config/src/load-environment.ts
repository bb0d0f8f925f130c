import { ConfigModule as EnvironmentModule } from '@nestjs/config';
import type { Environment } from './given-variables.js';
import { withoutOurs } from './inherited-environment.js';
import { loadConfig, type LoadedConfig } from './load-config.js';

/** Reads a .env file, where there is one, and the environment, which wins over it. Throws a ConfigError. */
export async function loadEnvironment(envFilePath = '.env'): Promise<LoadedConfig> {
  let loaded: LoadedConfig | undefined;
  const validate = (env: Environment): Environment => {
    loaded = loadConfig(env);
    // @nestjs/config copies what is returned here to process.env: names for the libraries below us, such as
    // CUDA_VISIBLE_DEVICES, but none of ours. Those are passed on as values.
    return withoutOurs(env);
  };
  await EnvironmentModule.forRoot({ envFilePath, validate });
  return loaded!;
}
