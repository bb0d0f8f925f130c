import { VARIABLES } from './app-config.js';
import { ALIASES } from './former-names.js';
import type { Environment } from './given-variables.js';
import type { DeviceConfig } from './sections/device.js';
import type { TracingConfig } from './sections/tracing.js';

const OURS: ReadonlySet<string> = new Set([...VARIABLES.map(({ name }) => name), ...ALIASES.keys()]);

/** The environment of a child process: everything but our variables (so no key), and what libtorch reads by itself. */
export function inheritedEnvironment({ PYTORCH_CUDA_ALLOC_CONF }: DeviceConfig): Environment {
  return { ...withoutOurs(process.env), ...(PYTORCH_CUDA_ALLOC_CONF !== undefined && { PYTORCH_CUDA_ALLOC_CONF }) };
}

/** OpenTelemetry's SDK reads its variables from the environment of its process, so those that are ours go back there. */
export function giveToTelemetry(config: TracingConfig): void {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_SERVICE_NAME } = config;
  Object.assign(
    process.env,
    // Metrics and logs have ways of their own here, so the SDK sends neither unless it is told to.
    { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', ...process.env },
    { OTEL_EXPORTER_OTLP_ENDPOINT },
    headers.length > 0 && { OTEL_EXPORTER_OTLP_HEADERS: headers.join(',') },
    OTEL_SERVICE_NAME !== undefined && { OTEL_SERVICE_NAME },
  );
}

/** What is left of an environment without the variables of AppConfig and their aliases. */
export function withoutOurs(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOurs(name)));
}

export function isOurs(name: string): boolean {
  return OURS.has(name);
}
