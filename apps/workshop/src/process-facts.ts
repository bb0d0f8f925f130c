import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

// What Linux tells of a process, by its number or as `self`.
type Pid = number | 'self';

/** Processor time that a process has used since it started. */
export interface CpuSeconds {
  readonly allThreads: number;
  /** Node's event loop: the thread that JavaScript runs on. */
  readonly eventLoop: number;
}

/** Linux reports times to programs in hundredths of a second on every machine. */
const TICKS_PER_SECOND = 100;
/** Places of utime and stime in proc(5), counted from the state. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

export function cpuSecondsOf(pid: number): CpuSeconds {
  return {
    allThreads: secondsIn(readFileSync(`/proc/${pid}/stat`, 'utf8')),
    eventLoop: secondsIn(readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')),
  };
}

/** Of the threads of this process alone, by the scheduler: what ticks count is off where work comes by a timer. */
export function scheduledSecondsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}

/** Of a stat file. */
export function secondsIn(stat: string): number {
  const fields = fieldsOf(stat);
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}

/** From the state on. The name of the program stands before it in parentheses, and may hold blanks and parentheses itself. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** A process that ended but was not yet collected by its parent is not alive. */
export function isAlive(pid: number): boolean {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat !== undefined && fieldsOf(stat)[0] !== 'Z';
}

export function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

export function residentBytesOf(pid: Pid): number {
  return kibibytesIn(`/proc/${pid}/status`, 'VmRSS');
}

/** The most that was resident since the start, or since `forgetPeakOf`. */
export function peakBytesOf(pid: Pid): number {
  return kibibytesIn(`/proc/${pid}/status`, 'VmHWM');
}

export function forgetPeakOf(pid: Pid): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Resident bytes of all processes of a group, pages that they share counted once. */
export function residentBytesOfGroup(group: number): number {
  const members = readdirSync('/proc').filter((pid) => /^\d+$/u.test(pid) && groupOf(pid) === group);
  return members.reduce((sum, pid) => sum + kibibytesIn(`/proc/${pid}/smaps_rollup`, 'Pss'), 0);
}

function groupOf(pid: string): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : Number(fieldsOf(stat)[2]);
}

/** 0 of a process that ended meanwhile. */
function kibibytesIn(file: string, name: string): number {
  return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'mu').exec(textOf(file) ?? '')?.[1] ?? 0);
}

/** Undefined where the process ended meanwhile; also where its parent has not collected it, and the file only seems to be there. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
