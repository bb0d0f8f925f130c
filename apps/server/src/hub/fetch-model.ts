import type { AppConfig } from '#libs/config';
import { downloadModel, hubModelOf, type HubModel } from '#libs/model-repository';
import type { Logger } from '#libs/logging';
import { DownloadReport } from './download-report.js';
import { hubSettings } from './hub-config.js';
import { WaitingRoom } from './waiting-room.js';

/** Undefined unless MODEL_NAME is the id of a model of the hub. */
export function wantedModel({ MODEL_NAME, MODEL_REVISION }: AppConfig): HubModel | undefined {
  return MODEL_NAME === 'embedded' ? undefined : hubModelOf(MODEL_NAME, MODEL_REVISION);
}

/** Brings the model into the cache, with a bar on a terminal and lines in the log elsewhere. Throws HubError. */
export function fetchModel(
  model: HubModel,
  config: AppConfig,
  logger: Pick<Logger, 'info' | 'warn'>,
  { signal, report = newReport(logger) }: { signal: AbortSignal; report?: DownloadReport },
): Promise<string> {
  return downloadModel(model, hubSettings(config), {
    signal,
    onProgress: (progress) => report.moved(progress),
    onWaiting: (holder) => report.waiting(holder),
    onStale: ({ message }) => logger.warn(`${message}; going on with what ${model.revision} was last time`),
  });
}

/** The same, listening meanwhile. The room stays open until the server itself can listen. */
export async function fetchModelListening(
  config: AppConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<WaitingRoom | undefined> {
  const model = wantedModel(config);
  if (model === undefined) return undefined;
  const report = newReport(logger);
  const room = await WaitingRoom.open(config, report);
  logger.info(`Server listening at http://${config.HOST}:${room.port} while it downloads ${model.id}`);
  const folder = await fetchModel(model, config, logger, { signal, report });
  logger.info({ folder }, `${model.id} is there`);
  return room;
}

function newReport(logger: Pick<Logger, 'info'>): DownloadReport {
  return new DownloadReport((line) => logger.info(line), process.stderr.isTTY ? process.stderr : undefined);
}
