import os from 'node:os';

/** What the figures depend on besides the servers. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly date: string;
  /** Processes waiting for a core, over the last minute, before the measurement: above a few tenths, others disturbed it. */
  readonly loadBefore: number;
}

export function describeEnvironment(): Environment {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    loadBefore: Math.round(os.loadavg()[0]! * 100) / 100,
  };
}
