import { openBackend } from '#libs/backends';
import type { EngineInformation, EngineOptions } from '#libs/engine-protocol';
import { loadQwen3Weights, memoryNeed, PreciseWeights, Qwen3Model } from '#libs/models';
import { openCheckpoint, scoreDirection, storedFormat, type OpenCheckpoint } from '#libs/model-repository';
import type { TensorOps } from '#libs/tensor';
import { ModelRunner } from './model-runner.js';
import { PrefixKvCache } from './prefix-kv-cache.js';
import { batchBudget, batchTargetMsOf } from './batch-budget.js';
import { measureTokensPerSecond, recordSmallPasses } from './warm-up.js';

export interface LoadedEngine {
  readonly runner: ModelRunner;
  readonly cache: PrefixKvCache;
  readonly ops: TensorOps;
  readonly information: EngineInformation;
}

export interface LoadProgress {
  /** Part of the layers that are on the device, 0 to 1. Awaited, so that the message leaves before the next layer. */
  loading(fraction: number): Promise<void>;
  warming(): void;
}

/** The model does not fit the device; the message has the figure and the way out. */
class ModelTooLargeError extends Error {
  readonly code = 'model_too_large';
}

/** Opens backend and checkpoint, loads the weights, and measures the rate. Throws before allocating what cannot fit. */
export async function loadEngine(options: EngineOptions, progress: LoadProgress): Promise<LoadedEngine> {
  const startedMs = performance.now();
  const { config, checkpoint } = openCheckpoint(options.modelFolder, options.adapterFolder);
  const { ops, passedOver } = await openBackend(options);
  const precise = preciseWeights(options, { config, checkpoint }, ops);
  const longest = Math.max(options.maxLength, options.maxBatchTokens ?? 0);
  const need = memoryNeed(config, longest, precise.parameters(config));
  const { prefixCacheBytes } = options;
  const rows = requireFit(ops, need, { storedAs: storedFormat({ config, checkpoint }), prefixCacheBytes });
  const direction = scoreDirection({ config, checkpoint }, options.head);
  const source = { tensor: (name: string) => checkpoint.tensor(name), scoreDirection: direction, precise };
  const weights = await loadQwen3Weights(ops, config, source, (loaded) => progress.loading(loaded / config.layers));
  const cache = new PrefixKvCache(prefixCacheBytes);
  const runner = new ModelRunner(new Qwen3Model(ops, config, weights), cache);
  progress.warming();
  const description = ops.describe();
  const { vocabularySize } = config;
  const { device } = description;
  const { maxBatchTokens, batchTargetMs = batchTargetMsOf(device) } = options;
  const batchRows = (perSecond: number) => maxBatchTokens ?? Math.min(rows, batchBudget(perSecond, batchTargetMs));
  const measured = await measureTokensPerSecond(runner, { vocabularySize, device, batchRows });
  const { tokensPerSecond, mostTokensPerSecond, fittingRows = Infinity } = measured;
  await recordSmallPasses(runner, { vocabularySize, replayedRows: description.replayedRows ?? [] });
  return {
    runner,
    cache,
    ops,
    information: {
      ...description,
      // What a GPU lacks may show when it is warmed up.
      passedOver: [...passedOver, ...(ops.describe().notes ?? [])],
      parameters: checkpoint.parameterCount,
      tokensPerSecond,
      maxBatchTokens: maxBatchTokens ?? Math.min(batchRows(mostTokensPerSecond), fittingRows),
      ...(maxBatchTokens === undefined && { batchTargetMs }),
      loadSeconds: (performance.now() - startedMs) / 1000,
    },
  };
}

/** Which weights have more bits: as a checkpoint in 8 bits has them, unless other places are asked for. */
function preciseWeights(
  { int8Precise = 'auto' }: EngineOptions,
  { config, checkpoint }: OpenCheckpoint,
  ops: TensorOps,
): PreciseWeights {
  const isInt8 = (module: string) => checkpoint.tensor(`${module}.weight`).int8 !== undefined;
  const asStored = int8Precise === 'auto' ? PreciseWeights.asStored(config, isInt8) : undefined;
  return asStored ?? PreciseWeights.of(int8Precise, config, ops.describe().precise === 'bf16');
}

/** Answers how many rows of one batch there is memory for beside the prefixes that are kept. */
function requireFit(
  ops: TensorOps,
  need: ReturnType<typeof memoryNeed>,
  { storedAs, prefixCacheBytes }: { readonly storedAs: string; readonly prefixCacheBytes: number },
): number {
  const { bytes, bytesPerRow, limitBytes = Infinity, wayOut } = ops.forecastMemory(need);
  if (bytes <= limitBytes)
    return need.rows + Math.max(0, Math.floor((limitBytes - bytes - prefixCacheBytes) / bytesPerRow));
  const { backend, dtype } = ops.describe();
  throw new ModelTooLargeError(
    `the model, stored as ${storedAs}, needs ${mebibytes(bytes)} MiB in ${dtype} on the ${backend} backend, which has ` +
      `${mebibytes(limitBytes)} MiB: ${wayOut}`,
  );
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
