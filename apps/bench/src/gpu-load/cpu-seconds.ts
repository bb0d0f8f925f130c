import { readFileSync } from 'node:fs';

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

/** Of a stat file. The name of the program stands in parentheses and may hold blanks and parentheses itself. */
export function secondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}
