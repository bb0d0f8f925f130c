import { devicesOf, inheritedEnvironment, type AppConfig } from '#libs/config';
import { embeddedModelFolder } from '#libs/embedded-model';
import type { Logger } from '#libs/logging';
import {
  describeReranker,
  ModelError,
  openCheckpoint,
  readScoreCalibration,
  resolveModel,
  storedFormat,
  type HeadChoice,
} from '#libs/model-repository';
import type { EngineLaunch, ModelSource, OpenModel, Opening, ServedModel } from '#libs/model-service';
import {
  fixedTokens,
  ThreadedTokenizer,
  type PromptConstants,
  type TokenizerSource,
  type Tokenizers,
} from '#libs/tokenizer';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchModels, wantedModels } from './hub/fetch-model.js';
import { hubCacheFolder } from './hub/hub-config.js';

const ENGINE_ENTRY = fileURLToPath(new URL('../../engine/src/main.js', import.meta.url));
const MEBIBYTE = 2 ** 20;

/** What a test puts in place of processes and threads. */
export interface Ports {
  readonly startTokenizers: (source: TokenizerSource) => Promise<Tokenizers>;
  readonly startEngine: EngineLaunch['start'];
}

const PROCESSES: Ports = { startTokenizers: (source) => ThreadedTokenizer.start(source), startEngine: undefined };

/** From the configuration to what stands behind the model: the checkpoint, its tokenizer, and how to start its engines. */
export class ConfiguredModel implements ModelSource {
  constructor(
    private readonly config: AppConfig,
    private readonly logger: Logger,
    private readonly ports: Ports = PROCESSES,
  ) {}

  get engineCount(): number {
    return devicesOf(this.config.device.DEVICE).length;
  }

  get isRemote(): boolean {
    return wantedModels(this.config.model).length > 0;
  }

  async open({ signal, onDownload }: Opening): Promise<OpenModel> {
    const { config, logger, ports } = this;
    await fetchModels(config, logger, { signal, onDownload });
    const model = servedModel(config);
    const tokenizers = await startTokenizers(model, ports);
    const { startEngine: start } = ports;
    const launches = engineLaunches(config, model, tokenizers);
    return { model, tokenizers, launches: start ? launches.map((launch) => ({ ...launch, start })) : launches };
  }
}

/** Reads config.json and the headers of the weights, so that a bad checkpoint is found before an engine is started. */
function servedModel({ model: config, hub }: AppConfig): ServedModel {
  const { folder, adapterFolder } = resolveModel(config.MODEL_NAME, {
    embeddedFolder: embeddedModelFolder,
    cacheFolder: hubCacheFolder(hub),
    revision: config.MODEL_REVISION,
    adapter: config.ADAPTER,
    adapterRevision: config.ADAPTER_REVISION,
  });
  const opened = openCheckpoint(folder, adapterFolder);
  opened.checkpoint.close();
  const modelConfig = opened.config;
  return {
    name: config.SERVED_MODEL_NAME,
    folder,
    ...(adapterFolder !== undefined && { adapterFolder }),
    storedAs: storedFormat(opened),
    architecture: modelConfig.architecture,
    ...(config.SCORE_CALIBRATION !== undefined && {
      calibration: readScoreCalibration(path.resolve(folder, config.SCORE_CALIBRATION)),
    }),
    reranker: describeReranker(folderOf('modules.json', { folder, adapterFolder }), modelConfig),
    vocabularySize: modelConfig.vocabularySize,
    maxLength: Math.min(config.MAX_LENGTH, modelConfig.maxPositionEmbeddings),
  };
}

/** What was saved with an adapter counts before what its base has. */
function folderOf(
  file: string,
  { folder, adapterFolder }: { folder: string; adapterFolder?: string | undefined },
): string {
  return adapterFolder !== undefined && existsSync(path.join(adapterFolder, file)) ? adapterFolder : folder;
}

async function startTokenizers(model: ServedModel, ports: Ports): Promise<Tokenizers> {
  const { prompt, score } = model.reranker;
  const tokenizers = await ports.startTokenizers({
    folder: folderOf('tokenizer.json', model),
    frame: { forms: prompt, ...(score.head.kind === 'tokens' && { answers: score.head }) },
  });
  try {
    requireFit(tokenizers.constants, model);
    return tokenizers;
  } catch (error) {
    await tokenizers.close();
    throw error;
  }
}

/** Token ids must be rows of the embedding table, and the prompt must leave positions for texts. */
function requireFit({ vocabularySize, forms }: PromptConstants, model: ServedModel): void {
  if (vocabularySize > model.vocabularySize) {
    throw new ModelError(
      `${model.folder}: tokenizer.json has ids up to ${vocabularySize - 1}, but config.json says vocab_size ${model.vocabularySize}; ` +
        'the two belong to different models',
    );
  }
  for (const form of Object.values(forms)) {
    const tokens = fixedTokens(form);
    if (tokens < model.maxLength) continue;
    throw new ModelError(
      `${model.folder}: the prompt takes ${tokens} tokens without any text, and prompts may have ${model.maxLength}: ` +
        'max_position_embeddings in config.json, or MAX_LENGTH, must be more',
    );
  }
}

function headOf({ reranker: { score } }: ServedModel, { positiveId, negativeId }: PromptConstants): HeadChoice {
  if (score.head.kind === 'labels') return score.head;
  return { kind: 'tokens', positive: positiveId!, ...(negativeId !== undefined && { negative: negativeId }) };
}

/** One engine for each device, with its part of the threads. */
function engineLaunches(
  { device: config, batching }: AppConfig,
  model: ServedModel,
  { constants }: Tokenizers,
): EngineLaunch[] {
  const devices = devicesOf(config.DEVICE);
  const threads = config.TORCH_THREADS ?? availableParallelism();
  return devices.map((device) => ({
    entry: ENGINE_ENTRY,
    environment: inheritedEnvironment(config),
    options: {
      modelFolder: model.folder,
      ...(model.adapterFolder !== undefined && { adapterFolder: model.adapterFolder }),
      backend: config.BACKEND,
      device,
      dtype: config.DTYPE,
      int8Precise: config.INT8_PRECISE,
      threads: Math.max(1, Math.floor(threads / devices.length)),
      cudaGraphs: config.CUDA_GRAPHS,
      head: headOf(model, constants),
      prefixCacheBytes: batching.PREFIX_CACHE_MB * MEBIBYTE,
      maxLength: model.maxLength,
      ...(batching.MAX_BATCH_TOKENS !== undefined && { maxBatchTokens: batching.MAX_BATCH_TOKENS }),
      ...(batching.BATCH_TARGET_MS !== undefined && { batchTargetMs: batching.BATCH_TARGET_MS }),
    },
  }));
}
