import { Module, type DynamicModule } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import { AppConfig } from './app-config.js';

/** Provides the frozen AppConfig everywhere: `constructor(private readonly config: AppConfig)`. */
@Module({})
export class ConfigModule {
  /** Takes what `loadEnvironment` read: logger and HTTP adapter need values before there is a container. */
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: ApiKeys, useFactory: () => new ApiKeys(config) },
      ],
      exports: [AppConfig, ApiKeys],
    };
  }
}
