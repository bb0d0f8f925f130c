import type { AppConfig, HubConfig, ModelConfig } from '#libs/config';
import { downloadModel, hubBaseOf, hubModelOf, type HubModel } from '#libs/model-repository';
import type { Logger } from '#libs/logging';
import type { Download } from '#libs/model-service';
import { DownloadReport } from './download-report.js';
import { hubSettings } from './hub-config.js';

/** What the configuration names of the hub; the base of an adapter is known once that is there. */
export function wantedModels({ MODEL_NAME, MODEL_REVISION, ADAPTER, ADAPTER_REVISION }: ModelConfig): HubModel[] {
  const model = MODEL_NAME === 'embedded' ? undefined : hubModelOf(MODEL_NAME, MODEL_REVISION);
  const adapter = ADAPTER === undefined ? undefined : hubModelOf(ADAPTER, ADAPTER_REVISION);
  const base = MODEL_NAME === 'embedded' || ADAPTER !== undefined ? undefined : hubBaseOf(MODEL_NAME);
  return [model, adapter, base].filter((each) => each !== undefined);
}

/** Brings the model into the cache, and the base of an adapter, and answers the folder of the former. Throws HubError. */
export async function fetchModel(
  model: HubModel,
  config: AppConfig,
  logger: Pick<Logger, 'info' | 'warn'>,
  options: { signal: AbortSignal; report?: DownloadReport },
): Promise<string> {
  const folder = await fetchOne(model, config.hub, logger, options);
  const base = config.model.ADAPTER === undefined ? hubBaseOf(folder) : undefined;
  if (base !== undefined) await fetchOne(base, config.hub, logger, options);
  return folder;
}

/** With a bar on a terminal and lines in the log elsewhere. */
function fetchOne(
  model: HubModel,
  hub: HubConfig,
  logger: Pick<Logger, 'info' | 'warn'>,
  { signal, report = newReport(logger) }: { signal: AbortSignal; report?: DownloadReport },
): Promise<string> {
  return downloadModel(model, hubSettings(hub), {
    signal,
    onProgress: (progress) => report.moved(progress),
    onWaiting: (holder) => report.waiting(holder),
    onStale: ({ message }) => logger.warn(`${message}; going on with what ${model.revision} was last time`),
  });
}

/** All that the configuration names, one after the other. */
export async function fetchModels(
  config: AppConfig,
  logger: Pick<Logger, 'info' | 'warn'>,
  { signal, onDownload }: { signal: AbortSignal; onDownload: (download: Download) => void },
): Promise<void> {
  const report = newReport(logger, onDownload);
  for (const model of wantedModels(config.model)) {
    logger.info(`${model.id}: what the cache lacks of it is downloaded`);
    const folder = await fetchModel(model, config, logger, { signal, report });
    logger.info({ folder }, `${model.id} is there`);
  }
}

function newReport(logger: Pick<Logger, 'info'>, moved?: (download: Download) => void): DownloadReport {
  const terminal = process.stderr.isTTY ? process.stderr : undefined;
  return new DownloadReport((line) => logger.info(line), { terminal, moved });
}
