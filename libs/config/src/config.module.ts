import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule as NamespaceModule, getConfigToken, registerAs } from '@nestjs/config';
import { ApiKeys } from './api-keys.js';
import { SECTION_NAMES, SECTIONS, type AppConfig } from './app-config.js';

/** Provides each section everywhere, by its class: `constructor(private readonly limits: LimitsConfig)`. */
@Module({})
export class ConfigModule {
  /** Takes what `loadEnvironment` read: logger and HTTP adapter need values before there is a container. */
  static forRoot(config: AppConfig): DynamicModule {
    const sections = SECTION_NAMES.map((name) => ({ provide: SECTIONS[name], useExisting: getConfigToken(name) }));
    return {
      module: ConfigModule,
      global: true,
      imports: SECTION_NAMES.map((name) => NamespaceModule.forFeature(registerAs(name, () => config[name]))),
      // Made here: what Nest cannot make it logs with a stack, and a file of keys that cannot be used is no fault of the program.
      providers: [...sections, { provide: ApiKeys, useValue: new ApiKeys(config.keys) }],
      exports: [...Object.values(SECTIONS), ApiKeys],
    };
  }
}
