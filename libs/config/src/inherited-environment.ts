import { VARIABLES } from './app-config.js';
import { ALIASES } from './former-names.js';
import type { Environment } from './given-variables.js';
import type { DeviceConfig } from './sections/device.js';

const OURS: ReadonlySet<string> = new Set([...VARIABLES.map(({ name }) => name), ...ALIASES.keys()]);

/** The environment of a child process: everything but our variables (so no key), and what libtorch reads by itself. */
export function inheritedEnvironment({ PYTORCH_CUDA_ALLOC_CONF }: DeviceConfig): Environment {
  return { ...withoutOurs(process.env), ...(PYTORCH_CUDA_ALLOC_CONF !== undefined && { PYTORCH_CUDA_ALLOC_CONF }) };
}

/** What is left of an environment without the variables of AppConfig and their aliases. */
export function withoutOurs(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OURS.has(name)));
}
