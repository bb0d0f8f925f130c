import { describe, expect, it } from 'vitest';
import { PRIORITY_CLASSES } from '#libs/admission';
import { EncodeJob } from './encode-job.js';
import { packIds } from './packed-ids.js';
import { SliceQueue } from './slice-queue.js';

const LONG = 'x'.repeat(40_000);
const SLICE = 32_768;

describe('SliceQueue', () => {
  it('lets a short job overtake what is left of a long one', () => {
    const queue = new SliceQueue();
    const long = new EncodeJob([LONG, LONG, LONG]);
    const short = new EncodeJob(['a', 'b']);
    queue.add(long);
    expect(queue.next()).toMatchObject({ job: long, first: 0, texts: [LONG] });
    queue.add(short);
    expect(queue.next()?.job).toBe(long);
    expect(queue.next()).toMatchObject({ job: short, first: 0, texts: ['a', 'b'] });
    expect(queue.next()).toMatchObject({ job: long, first: 2, texts: [LONG] });
    expect(queue.next()).toBeUndefined();
  });

  it('gives the classes of priority four, two and one slices in seven, and a lone class all', () => {
    const queue = new SliceQueue();
    const [urgent, later, last] = PRIORITY_CLASSES.map((priorityClass) => {
      const job = new EncodeJob(Array.from({ length: 14 }, () => LONG));
      queue.add(job, priorityClass);
      return job;
    });
    const served = Array.from({ length: 14 }, () => queue.next()?.job);
    const slicesOf = (job: EncodeJob | undefined) => served.filter((each) => each === job).length;
    expect(served[0]).toBe(urgent);
    expect([urgent, later, last].map(slicesOf)).toEqual([8, 4, 2]);
    queue.fail(urgent!, new Error('gone'));
    queue.fail(later!, new Error('gone'));
    void Promise.allSettled([urgent!.result, later!.result]);
    expect(queue.next()?.job).toBe(last);
  });

  it('never splits a text, and bounds a slice in characters and in texts', () => {
    const queue = new SliceQueue();
    queue.add(new EncodeJob([LONG + LONG, ...Array.from({ length: 2000 }, () => '')]));
    const sizes = [queue.next(), queue.next(), queue.next()].map((slice) => slice?.texts.length);
    expect(sizes).toEqual([1, 1024, 976]);
  });

  it('cuts shorter what a request of a higher class may find in its way', () => {
    const textsOfFirst = ([0, 1, 2] as const).map((priorityClass) => {
      const queue = new SliceQueue();
      queue.add(new EncodeJob(Array.from({ length: 100 }, () => 'x'.repeat(1000))), priorityClass);
      return queue.next()?.texts.length;
    });
    expect(textsOfFirst).toEqual([32, 8, 8]);
  });

  it('forgets the remaining slices of a failed job', async () => {
    const queue = new SliceQueue();
    const job = new EncodeJob([LONG, LONG]);
    queue.add(job);
    queue.next();
    queue.fail(job, new Error('caller left'));
    await expect(job.result).rejects.toThrow('caller left');
    expect(queue.next()).toBeUndefined();
  });
});

describe('EncodeJob', () => {
  it('answers in the order of the texts whatever the order of delivery', async () => {
    const job = new EncodeJob([LONG, LONG, 'c', '']);
    const slices = Array.from({ length: 3 }, () => job.nextSlice(SLICE));
    job.deliver(slices[2]!, packIds([[3, 3], []]));
    job.deliver(slices[0]!, packIds([[1]]));
    job.deliver(slices[1]!, packIds([[2, 2, 2]]));
    const ids = await job.result;
    expect(ids.map(([each]) => Array.from(each!))).toEqual([[1], [2, 2, 2], [3, 3], []]);
  });
});
