import { describedVariables, type VariableDescription } from './describe-variable.js';
import { BatchingConfig } from './sections/batching.js';
import { DeviceConfig } from './sections/device.js';
import { HubConfig } from './sections/hub.js';
import { KeysConfig } from './sections/keys.js';
import { LimitsConfig } from './sections/limits.js';
import { LoggingConfig } from './sections/logging.js';
import { ModelConfig } from './sections/model.js';
import { ServerConfig } from './sections/server.js';
import { TracingConfig } from './sections/tracing.js';

/** Every section, in the order in which it is documented: each declares its variables by their names in the environment. */
export const SECTIONS = {
  model: ModelConfig,
  hub: HubConfig,
  device: DeviceConfig,
  batching: BatchingConfig,
  limits: LimitsConfig,
  server: ServerConfig,
  keys: KeysConfig,
  logging: LoggingConfig,
  tracing: TracingConfig,
};
export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

/**
 * What the server reads of its environment, by section. Made only by `loadConfig`, which checks and freezes it. A property
 * without a value means: not set, its description says what happens then.
 */
export type AppConfig = { readonly [Name in SectionName]: InstanceType<(typeof SECTIONS)[Name]> };

/** Name, section and description of every variable. */
export const VARIABLES: readonly VariableDescription[] = SECTION_NAMES.flatMap((section) =>
  describedVariables(SECTIONS[section], section),
);

/** The sections as `create` makes each. */
export function configOf(create: (section: SectionName) => object): AppConfig {
  return Object.fromEntries(SECTION_NAMES.map((section) => [section, create(section)])) as unknown as AppConfig;
}

/** Every variable's value by its name, secrets too. */
export function valuesOf(config: AppConfig): Readonly<Record<string, unknown>> {
  const properties = Object.values(config).map((section) => Object.getOwnPropertyDescriptors(section));
  return Object.fromEntries(
    properties.flatMap((of) => Object.entries(of)).map(([name, { value }]) => [name, value as unknown]),
  );
}
