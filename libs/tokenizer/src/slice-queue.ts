import { FairTurns, PRIORITY_CLASSES, type PriorityClass } from '#libs/admission';
import type { EncodeJob, Slice } from './encode-job.js';

/**
 * Of a slice, by class: about 8,000 tokens of English, 30 ms of one core. Those that a higher class may find in its way are
 * shorter.
 */
const SLICE_CHARACTERS = [32_768, 8192, 8192] as const;
const FAIRNESS = { round: SLICE_CHARACTERS[2], lead: SLICE_CHARACTERS[0] };

/**
 * Jobs that wait for threads, served in turn, one slice each: a short job overtakes what is left of a long one. Classes with jobs take
 * turns by their weights, as they do for the engine, so that what is urgent is not tokenised last.
 */
export class SliceQueue {
  // A set keeps the order of insertion and forgets a cancelled job at once.
  private readonly jobs: readonly Set<EncodeJob>[] = PRIORITY_CLASSES.map(() => new Set());
  private readonly turns = new FairTurns(FAIRNESS);
  private readonly waits = (priorityClass: PriorityClass) => this.jobs[priorityClass]!.size > 0;

  add(job: EncodeJob, priorityClass: PriorityClass = 0): void {
    this.jobs[priorityClass]!.add(job);
  }

  next(): Slice | undefined {
    const priorityClass = this.turns.next(this.waits);
    if (priorityClass === undefined) return undefined;
    const jobs = this.jobs[priorityClass]!;
    const [job] = jobs;
    jobs.delete(job!);
    const slice = job!.nextSlice(SLICE_CHARACTERS[priorityClass]);
    if (!job!.exhausted) jobs.add(job!);
    this.turns.took(priorityClass, slice.cost);
    this.turns.settle(this.waits);
    return slice;
  }

  /** Fails a job and forgets the slices it still had here. */
  fail(job: EncodeJob, reason: unknown): void {
    for (const jobs of this.jobs) jobs.delete(job);
    job.fail(reason);
  }

  failAll(reason: unknown): void {
    for (const jobs of this.jobs) for (const job of jobs) this.fail(job, reason);
  }
}
