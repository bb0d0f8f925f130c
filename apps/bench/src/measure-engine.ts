import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { median } from '#apps/workshop';
import type { SequenceBatch } from '#libs/batching';
import { ModelRunner } from '#libs/engine';
import type { TensorOps } from '#libs/tensor';
import type { GemmPass, GemmRun } from './gemm.js';
import type { HuggingFaceReference } from './reference.js';
import { BatchMaker, documentCount, pairLengths, uniqueTokens, type Workload } from './workload.js';

/** How many repeats there are for each run of the slow comparisons. */
const COMPARE_EVERY = 3;

export interface EngineFigures {
  readonly workload: string;
  readonly uniqueTokens: number;
  /** A batch alone, from its coming until its scores are there: the latency of the engine. */
  readonly aloneMs: number;
  /** A batch that was begun while the one before it was computed, as under load: from there until its scores are there. */
  readonly passMs: number;
  readonly documentsPerSecond: number;
  readonly tokensPerSecond: number;
  /** The model's own matrix multiplications alone, in the same run. */
  readonly gemmMs: number;
  readonly gemmGflops: number;
  /** The same documents computed as whole pairs, nothing shared. */
  readonly wholePairsMs: number;
  /** Time in which the event loop of the engine was busy for a batch: planning, recording, delivering. */
  readonly hostMs: number;
  /** On a GPU: time that the compute thread took to plan and launch a pass. */
  readonly launchMs?: number;
  /** Passes that were replayed so far, where a device can. */
  readonly replays?: number;
  /** Hugging Face transformers, the model card's snippet; absent when it was not asked for. */
  readonly referenceMs?: number;
}

export interface Contestants {
  readonly ops: TensorOps;
  readonly runner: ModelRunner;
  readonly gemms: GemmPass;
  readonly vocabularySize: number;
  readonly reference?: HuggingFaceReference;
}

/** What was measured, in seconds, by repeat. */
interface Samples {
  readonly alone: number[];
  readonly inARow: number[];
  readonly host: number[];
  readonly launched: number[];
  readonly whole: number[];
  readonly gemms: GemmRun[];
  readonly reference: number[];
}

/** Medians over `repeats`; all contestants take turns, so that a machine whose speed drifts drifts for all of them. */
export async function measureEngine(
  contestants: Contestants,
  workload: Workload,
  repeats: number,
): Promise<EngineFigures> {
  const { ops, runner, vocabularySize } = contestants;
  const batches = new BatchMaker(vocabularySize);
  await runner.score(batches.shared(workload)); // The head is on the device from here on.
  // Where passes are replayed: the first behind a head that is there is launched, the second recorded.
  for (let pass = 0; pass < 2; pass += 1) await runner.score(batches.shared(workload));
  const samples: Samples = { alone: [], inARow: [], host: [], launched: [], whole: [], gemms: [], reference: [] };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    await measureAlone(contestants, batches.shared(workload), samples);
    samples.inARow.push(await secondsInARow(runner, [batches.shared(workload), batches.shared(workload)]));
    await compare(contestants, { workload, batches, slowToo: repeat % COMPARE_EVERY === 0 }, samples);
  }
  return figuresOf(workload, samples, ops.memory().replays);
}

async function measureAlone({ ops, runner }: Contestants, batch: SequenceBatch, samples: Samples): Promise<void> {
  const before = performance.eventLoopUtilization();
  samples.alone.push((await runner.score(batch)).computeSeconds);
  samples.host.push(performance.eventLoopUtilization(before).active / 1000);
  const { launchSeconds } = ops.memory();
  if (launchSeconds !== undefined) samples.launched.push(launchSeconds);
}

/** Time of the second batch, which the device has while it computes the first. */
async function secondsInARow(
  runner: ModelRunner,
  [first, second]: readonly [SequenceBatch, SequenceBatch],
): Promise<number> {
  const before = runner.begin(first);
  await setImmediate(); // A backend that computes on this thread is done with it.
  const behind = runner.begin(second);
  await before.finish();
  return (await behind.finish()).computeSeconds;
}

async function compare(
  { runner, gemms, reference }: Contestants,
  { workload, batches, slowToo }: { workload: Workload; batches: BatchMaker; slowToo: boolean },
  samples: Samples,
): Promise<void> {
  samples.gemms.push(await gemms.run({ rows: uniqueTokens(workload), scored: documentCount(workload) }));
  if (!slowToo) return;
  samples.whole.push((await runner.score(batches.wholePairs(workload))).computeSeconds);
  if (reference !== undefined) samples.reference.push(await reference.time(pairLengths(workload)));
}

function figuresOf(workload: Workload, samples: Samples, replays: number | undefined): EngineFigures {
  const { alone, inARow, host, launched, whole, gemms, reference } = samples;
  const seconds = median(inARow);
  const unique = uniqueTokens(workload);
  const documents = documentCount(workload);
  return {
    workload: workload.name,
    uniqueTokens: unique,
    aloneMs: median(alone) * 1000,
    passMs: seconds * 1000,
    documentsPerSecond: documents / seconds,
    tokensPerSecond: unique / seconds,
    gemmMs: median(gemms.map((run) => run.seconds)) * 1000,
    gemmGflops: median(gemms.map(({ gflops }) => gflops)),
    wholePairsMs: median(whole) * 1000,
    hostMs: median(host) * 1000,
    ...(launched.length > 0 && { launchMs: median(launched) * 1000 }),
    ...(replays !== undefined && { replays }),
    ...(reference.length > 0 && { referenceMs: median(reference) * 1000 }),
  };
}
