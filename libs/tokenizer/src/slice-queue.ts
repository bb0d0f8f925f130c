import type { EncodeJob, Slice } from './encode-job.js';

/** Turns of the classes of priority; later ones have the last one's. */
const WEIGHTS = [4, 2, 1];

/** Jobs of one class, and how much its next turn is due. */
interface Class {
  readonly weight: number;
  // A set keeps the order of insertion and forgets a cancelled job at once.
  readonly jobs: Set<EncodeJob>;
  due: number;
}

/**
 * Jobs waiting for threads, served in turn, one slice each: a short job overtakes what is left of a long one. Classes with jobs take
 * turns by their weights, as they do for the engine, so that what is urgent is not tokenised last.
 */
export class SliceQueue {
  private readonly classes: readonly Class[] = WEIGHTS.map((weight) => ({ weight, jobs: new Set(), due: 0 }));

  add(job: EncodeJob, priorityClass = 0): void {
    this.classes[Math.min(priorityClass, WEIGHTS.length - 1)]!.jobs.add(job);
  }

  next(): Slice | undefined {
    const jobs = this.nextClass()?.jobs;
    if (jobs === undefined) return undefined;
    const [job] = jobs;
    jobs.delete(job!);
    const slice = job!.nextSlice();
    if (!job!.exhausted) jobs.add(job!);
    return slice;
  }

  /** Fails a job and forgets the slices it still had here. */
  fail(job: EncodeJob, reason: unknown): void {
    for (const { jobs } of this.classes) jobs.delete(job);
    job.fail(reason);
  }

  failAll(reason: unknown): void {
    for (const { jobs } of this.classes) for (const job of jobs) this.fail(job, reason);
  }

  /** Smooth weighted round robin: each turn makes those who wait due by their weights, and who has it pays for all. */
  private nextClass(): Class | undefined {
    const waiting = this.classes.filter(({ jobs }) => jobs.size > 0);
    for (const each of waiting) each.due += each.weight;
    const next = waiting.reduce<Class | undefined>(
      (best, each) => (best && best.due >= each.due ? best : each),
      undefined,
    );
    if (next !== undefined) next.due -= waiting.reduce((sum, { weight }) => sum + weight, 0);
    return next;
  }
}
