import { setTimeout as sleep } from 'node:timers/promises';

/** Sends one request. Resolves with its outcome: 'ok', or the status or error that it met. */
export type Send = () => Promise<string>;

export interface Sample {
  /** When the schedule wanted it sent; times are milliseconds of performance.now(). */
  readonly intendedMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: string;
}

export interface LoadRun {
  readonly samples: readonly Sample[];
  /** From the first intended start to the last answer. */
  readonly seconds: number;
}

/** As many callers as `concurrency`, each sending its next request when the last one was answered: finds the throughput. */
export async function closedLoop(
  send: Send,
  { concurrency, seconds }: { readonly concurrency: number; readonly seconds: number },
): Promise<LoadRun> {
  const samples: Sample[] = [];
  const firstMs = performance.now();
  const caller = async () => {
    do {
      samples.push(await timed(send));
    } while (performance.now() - firstMs < seconds * 1000);
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return run(samples, firstMs);
}

/**
 * Sends at the times of the schedule, whatever became of earlier requests: finds the latency at a load. A server or a
 * generator that stalls delays the requests due meanwhile, and their latency counts from when they were due; measured
 * from when they could at last be sent, the stall would be one slow request (coordinated omission).
 * @param scheduleMs When each request is due, milliseconds from now, ascending.
 */
export async function openLoop(send: Send, scheduleMs: readonly number[]): Promise<LoadRun> {
  const firstMs = performance.now();
  const answers: Promise<Sample>[] = [];
  for (const dueMs of scheduleMs) {
    const waitMs = firstMs + dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    answers.push(timed(send, firstMs + dueMs));
  }
  return run(await Promise.all(answers), firstMs);
}

/** Times of independent callers: exponential gaps, so that requests bunch as real ones do. */
export function poissonSchedule(ratePerSecond: number, seconds: number, random: () => number): number[] {
  const times: number[] = [];
  for (let dueMs = 0; dueMs < seconds * 1000; dueMs += (-Math.log(1 - random()) / ratePerSecond) * 1000) {
    times.push(dueMs);
  }
  return times;
}

/** Sends one request now, for the time that it was due. */
export async function timed(send: Send, intendedMs = performance.now()): Promise<Sample> {
  const startedMs = performance.now();
  let outcome: string;
  try {
    outcome = await send();
  } catch (error) {
    outcome = (error as { code?: string }).code ?? (error as Error).message;
  }
  return { intendedMs, startedMs, endedMs: performance.now(), outcome };
}

function run(samples: readonly Sample[], firstMs: number): LoadRun {
  const lastMs = samples.reduce((latest, { endedMs }) => Math.max(latest, endedMs), firstMs);
  return { samples, seconds: (lastMs - firstMs) / 1000 };
}
