import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { residentBytesOf, ServerProcess, type Variables } from '#apps/workshop';
import { inheritedEnvironment, loadEnvironment } from '#libs/config';

const HARNESS = fileURLToPath(new URL('./harness-server.js', import.meta.url));
const TASKSET = '/usr/bin/taskset';

export interface StartOptions {
  readonly env?: Variables;
  /** Arguments of harness-server.ts; absent: the server as it is shipped. */
  readonly harness?: readonly string[];
  /** Where the log goes; a descriptor cannot be read here, so that the port has to be given in `env`. */
  readonly stdout?: 'pipe' | number;
  /** Not on the second core alone: where little of the first one is needed to make the load. */
  readonly allCores?: boolean;
}

/** The server with its engine, on the second core where `taskset` is there and nothing else is asked. */
export async function startPinned({ env, harness, stdout, allCores }: StartOptions = {}): Promise<ServerProcess> {
  const { config } = await loadEnvironment();
  const settings = { TORCH_THREADS: '1', LOG_LEVEL: 'info', BACKEND: config.device.BACKEND };
  const inherited = Object.entries(inheritedEnvironment(config.device)).filter(
    (entry): entry is [string, string] => !!entry[1],
  );
  return new ServerProcess({
    env: { ...settings, ...env },
    inherited: Object.fromEntries(inherited),
    // Not what this process may use: it is pinned itself.
    wrapper: pinnedTo(allCores === true ? `0-${cpus().length - 1}` : '1'),
    ...(harness !== undefined && { script: [HARNESS, ...harness] }),
    ...(stdout !== undefined && { stdout }),
  }).start();
}

/** Of server and engine together. */
export function residentBytes({ pid, enginePid }: ServerProcess): number {
  return residentBytesOf(pid) + residentBytesOf(enginePid);
}

export function openHandles({ pid, enginePid }: ServerProcess): number {
  return [pid, enginePid].reduce((sum, each) => sum + readdirSync(`/proc/${each}/fd`).length, 0);
}

/** Puts this process, which makes the load, on the first core. */
export function pinSelf(): void {
  if (existsSync(TASKSET)) execFileSync(TASKSET, ['-a', '-cp', '0', String(process.pid)]);
}

function pinnedTo(cores: string): readonly string[] {
  return existsSync(TASKSET) ? [TASKSET, '-c', cores] : [];
}
