import { performance } from 'node:perf_hooks';
import { ModelRunner } from '#libs/engine';
import type { TensorOps } from '#libs/tensor';
import type { GemmPass, GemmRun } from './gemm.js';
import type { HuggingFaceReference } from './reference.js';
import { BatchMaker, documentCount, pairLengths, uniqueTokens, type Workload } from './workload.js';

/** Every so many repeats the slow comparisons run once too. */
const COMPARE_EVERY = 3;

export interface EngineFigures {
  readonly workload: string;
  readonly uniqueTokens: number;
  readonly medianMs: number;
  readonly documentsPerSecond: number;
  readonly tokensPerSecond: number;
  /** The model's own matrix multiplications alone, in the same run. */
  readonly gemmMs: number;
  readonly gemmGflops: number;
  /** The same documents computed as whole pairs, nothing shared. */
  readonly wholePairsMs: number;
  /** Time in which the event loop of the engine was busy during a pass: planning, recording, delivering. */
  readonly hostMs: number;
  /** On a GPU: time that the compute thread took to plan and launch a pass. */
  readonly launchMs?: number;
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

/** Medians over `repeats`; all contestants take turns, so that a machine whose speed drifts drifts for all of them. */
export async function measureEngine(
  { ops, runner, gemms, vocabularySize, reference }: Contestants,
  workload: Workload,
  repeats: number,
): Promise<EngineFigures> {
  const batches = new BatchMaker(vocabularySize);
  const documents = documentCount(workload);
  const unique = uniqueTokens(workload);
  await runner.score(batches.shared(workload)); // The head is on the device from here on.
  const shared: number[] = [];
  const host: number[] = [];
  const launched: number[] = [];
  const whole: number[] = [];
  const alone: GemmRun[] = [];
  const referenceSeconds: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const before = performance.eventLoopUtilization();
    shared.push((await runner.score(batches.shared(workload))).computeSeconds);
    host.push(performance.eventLoopUtilization(before).active);
    const { launchSeconds } = ops.memory();
    if (launchSeconds !== undefined) launched.push(launchSeconds);
    alone.push(await gemms.run({ rows: unique, scored: documents }));
    if (repeat % COMPARE_EVERY > 0) continue;
    whole.push((await runner.score(batches.wholePairs(workload))).computeSeconds);
    if (reference !== undefined) referenceSeconds.push(await reference.time(pairLengths(workload)));
  }
  const seconds = median(shared);
  return {
    workload: workload.name,
    uniqueTokens: unique,
    medianMs: seconds * 1000,
    documentsPerSecond: documents / seconds,
    tokensPerSecond: unique / seconds,
    gemmMs: median(alone.map((run) => run.seconds)) * 1000,
    gemmGflops: median(alone.map(({ gflops }) => gflops)),
    wholePairsMs: median(whole) * 1000,
    hostMs: median(host),
    ...(launched.length > 0 && { launchMs: median(launched) * 1000 }),
    ...(referenceSeconds.length > 0 && { referenceMs: median(referenceSeconds) * 1000 }),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
