import type { Logger } from '@nestjs/common';
import type { EngineEvent, EngineInformation } from '#libs/engine-host';

interface Circumstances {
  readonly model: string;
  readonly device: string;
  readonly isStopping: boolean;
}

/** A line for what happens to an engine, with its device. */
export function logEvent(event: EngineEvent, log: Logger, circumstances: Circumstances): void {
  const { device } = circumstances;
  switch (event.kind) {
    case 'ready':
      logReady(event.information, log, circumstances);
      break;
    case 'exited':
      logExit(event, log, circumstances);
      break;
    case 'unusable':
    case 'loadFailed':
      log.error({ device, code: event.error.code }, event.error.message);
      break;
    case 'budget':
      log.warn({ device, maxBatchTokens: event.maxBatchTokens }, 'out of memory: batches are smaller from now on');
      break;
    case 'silent':
      log.warn({ device }, 'no heartbeat from the engine process');
      break;
    case 'heardAgain':
      log.log({ device }, 'the engine process is heard again');
      break;
    case 'said':
      log.warn({ device }, `the engine says: ${event.line}`);
      break;
  }
}

function logReady(information: EngineInformation, log: Logger, { model, device }: Circumstances): void {
  log.log({ engine: information }, `${model} is ready: ${inWords(information)}`);
  for (const reason of information.passedOver) log.log(`not used: ${reason}`);
  const { advice } = information.products ?? {};
  if (advice !== undefined) log.warn({ device }, advice);
}

type Exit = Extract<EngineEvent, { kind: 'exited' }>;

/** A Ctrl-C reaches an engine that has just been started before it can ignore it. */
function logExit({ reason, restartMs }: Exit, log: Logger, { device, isStopping }: Circumstances): void {
  if (isStopping) log.log({ device, reason }, 'engine process ended while the server stops');
  else log.error({ device, reason, restartMs }, 'engine process ended, starting another');
}

/** What a person wants to know once an engine is up: what computes, in which format, and how fast it was measured to be. */
export function inWords(information: EngineInformation): string {
  const { backend, version, device, dtype, threads, formats, tokensPerSecond, loadSeconds } = information;
  return [
    `${backend} ${version} on ${device}`,
    formats === undefined ? dtype : `${dtype} (${formats})`,
    `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    `${Math.round(tokensPerSecond).toLocaleString('en')} tokens/s measured`,
    `loaded in ${loadSeconds.toFixed(1)} s`,
  ].join(', ');
}
