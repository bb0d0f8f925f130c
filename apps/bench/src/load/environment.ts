import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** What the figures depend on besides the servers. */
export interface Environment {
  readonly cpu: string;
  /** Instruction sets that decide how fast products are, as Linux names them; empty on other systems. */
  readonly instructionSets: readonly string[];
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
    cpu: `${os.cpus()[0]?.model.trim() ?? 'unknown'}${processorNumbers()}`,
    instructionSets: flags().filter((flag) => /^(?:avx|amx|fma$|asimd|sve|i8mm|bf16)/u.test(flag)),
    cores: os.availableParallelism(),
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    loadBefore: Math.round(os.loadavg()[0]! * 100) / 100,
  };
}

export function machineLine({ cpu, cores, memoryGib, system, node, date, loadBefore }: Environment): string {
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}, Node ${node}, ${date}; load average before: ${loadBefore}`;
}

const CPU_INFO = '/proc/cpuinfo';

/** Family and model: virtual machines often hide the name. */
function processorNumbers(): string {
  const family = cpuInfo('cpu family');
  return family === '' ? '' : ` (family ${family}, model ${cpuInfo('model')})`;
}

function flags(): string[] {
  return (cpuInfo('flags') || cpuInfo('Features')).split(' ');
}

/** The value of the first processor's line of that name. */
function cpuInfo(name: string): string {
  if (!existsSync(CPU_INFO)) return '';
  const lines = readFileSync(CPU_INFO, 'utf8').split('\n');
  const line = lines.find((candidate) => candidate.split(':')[0]!.trim() === name);
  return line?.split(':')[1]?.trim() ?? '';
}
