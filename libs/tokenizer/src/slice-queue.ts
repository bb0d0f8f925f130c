import type { EncodeJob, Slice } from './encode-job.js';

/** Jobs waiting for threads, served in turn, one slice each: a short job overtakes what is left of a long one. */
export class SliceQueue {
  // A set keeps the order of insertion and forgets a cancelled job at once.
  private readonly jobs = new Set<EncodeJob>();

  add(job: EncodeJob): void {
    this.jobs.add(job);
  }

  next(): Slice | undefined {
    const [job] = this.jobs;
    if (job === undefined) return undefined;
    this.jobs.delete(job);
    const slice = job.nextSlice();
    if (!job.exhausted) this.jobs.add(job);
    return slice;
  }

  /** Fails a job and forgets the slices it still had here. */
  fail(job: EncodeJob, reason: unknown): void {
    this.jobs.delete(job);
    job.fail(reason);
  }

  failAll(reason: unknown): void {
    for (const job of this.jobs) this.fail(job, reason);
  }
}
