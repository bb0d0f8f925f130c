import type { Provider } from '@nestjs/common';
import { AppConfig, devicesOf, inheritedEnvironment } from '#libs/config';
import { embeddedModelFolder } from '#libs/embedded-model';
import type { EngineLaunch } from '#libs/engine';
import { openCheckpoint, resolveModel } from '#libs/model-repository';
import { ENGINE_LAUNCHES, SERVED_MODEL, type ServedModel } from '#libs/model-service';
import { PROMPT_FRAME } from '#libs/rerank';
import { TokenizerPool } from '#libs/tokenizer';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { hubCacheFolder } from './hub/hub-config.js';

const ENGINE_ENTRY = fileURLToPath(new URL('../../engine/src/main.js', import.meta.url));
const MEBIBYTE = 2 ** 20;

/** From the configuration to what stands behind the model: the checkpoint, its tokenizer, and how to start its engines. */
export const modelProviders: Provider[] = [
  { provide: SERVED_MODEL, inject: [AppConfig], useFactory: servedModel },
  { provide: TokenizerPool, inject: [AppConfig, SERVED_MODEL], useFactory: startTokenizers },
  { provide: ENGINE_LAUNCHES, inject: [AppConfig, SERVED_MODEL, TokenizerPool], useFactory: engineLaunches },
];

/** Reads config.json and the headers of the weights, so that a bad checkpoint stops the server before it listens. */
function servedModel(config: AppConfig): ServedModel {
  const hub = { cacheFolder: hubCacheFolder(config), revision: config.MODEL_REVISION };
  const { folder } = resolveModel(config.MODEL_NAME, embeddedModelFolder, hub);
  const { config: modelConfig, checkpoint } = openCheckpoint(folder);
  checkpoint.close();
  return {
    name: config.SERVED_MODEL_NAME,
    folder,
    architecture: modelConfig.architecture,
    maxLength: Math.min(config.MAX_LENGTH, modelConfig.maxPositionEmbeddings),
  };
}

function startTokenizers(config: AppConfig, { folder }: ServedModel): Promise<TokenizerPool> {
  return TokenizerPool.start({
    folder,
    frame: PROMPT_FRAME,
    ...(config.TOKENIZER_THREADS !== undefined && { threads: config.TOKENIZER_THREADS }),
  });
}

/** One engine for each device, with its part of the threads. */
function engineLaunches(config: AppConfig, model: ServedModel, { constants }: TokenizerPool): EngineLaunch[] {
  const devices = devicesOf(config.DEVICE);
  const threads = config.TORCH_THREADS ?? availableParallelism();
  return devices.map((device) => ({
    entry: ENGINE_ENTRY,
    environment: inheritedEnvironment(config),
    options: {
      modelFolder: model.folder,
      backend: config.BACKEND,
      device,
      dtype: config.DTYPE,
      threads: Math.max(1, Math.floor(threads / devices.length)),
      cudaGraphs: config.CUDA_GRAPHS,
      yesId: constants.yesId,
      noId: constants.noId,
      prefixCacheBytes: config.PREFIX_CACHE_MB * MEBIBYTE,
      maxLength: model.maxLength,
      ...(config.MAX_BATCH_TOKENS !== undefined && { maxBatchTokens: config.MAX_BATCH_TOKENS }),
      ...(config.BATCH_TARGET_MS !== undefined && { batchTargetMs: config.BATCH_TARGET_MS }),
    },
  }));
}
