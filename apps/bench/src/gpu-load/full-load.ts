import { setTimeout as sleep } from 'node:timers/promises';
import { closedLoop, figuresOf, RerankClient, type Send, type ServerProcess } from '#apps/workshop';
import { RequestMaker, type TextWorkload } from '../load/request-maker.js';
import { openTarget } from '../load/targets.js';
import { GpuUtilisation } from './gpu-utilisation.js';
import { limitOf } from './limit.js';
import { observe } from './observation.js';
import { occupationBetween, type Occupation } from './occupation.js';

export interface FullLoad {
  readonly workload: TextWorkload;
  readonly callers: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** As the server names it. */
  readonly device: string;
}

export interface FullLoadFigures extends Occupation {
  readonly callers: number;
  /** All that were sent, also while warming up. */
  readonly requests: number;
  /** Outcomes other than 200, with their number. */
  readonly errors: Readonly<Record<string, number>>;
  /** Part of the time that a kernel ran; absent without nvidia-smi or a GPU. */
  readonly gpuBusy?: number;
  readonly limit: string;
}

/** The load goes on for so long after the last observation, which takes time itself. */
const MARGIN_SECONDS = 1;
const SEED = 1;

/** Callers that each send their next request when the last one was answered; what happens meanwhile is observed from outside. */
export async function measureFullLoad(server: ServerProcess, load: FullLoad): Promise<FullLoadFigures> {
  const { workload, callers, warmUpSeconds, seconds, device } = load;
  const client = new RerankClient();
  const send = oneAfterAnother(sender(server, client, workload), callers, warmUpSeconds / 2);
  const running = closedLoop(send, { concurrency: callers, seconds: warmUpSeconds + seconds + MARGIN_SECONDS });
  await sleep(1000 * warmUpSeconds);
  const before = await observe(server);
  const utilisation = device.startsWith('cuda') ? GpuUtilisation.start(device) : undefined;
  await sleep(1000 * seconds);
  const gpuBusy = await utilisation?.stop();
  const occupation = occupationBetween(before, await observe(server));
  const { requests, errors } = figuresOf([await running], workload.documents);
  client.close();
  if (occupation.batches === 0) throw new Error(`no batch was computed in ${seconds} s; ${JSON.stringify(errors)}`);
  return {
    callers,
    requests,
    errors,
    ...(gpuBusy !== undefined && { gpuBusy }),
    ...occupation,
    limit: limitOf(occupation, gpuBusy),
  };
}

function sender(server: ServerProcess, client: RerankClient, workload: TextWorkload): Send {
  const target = openTarget('qwen3', server.url, '');
  const maker = new RequestMaker(workload, SEED);
  return () => client.outcome(target, JSON.stringify(target.body(maker.next())));
}

/**
 * Spreads the first requests of the callers. Those that begin together are answered together, and then nothing waits until their
 * next requests are read: a gap that callers who know nothing of each other do not make.
 */
function oneAfterAnother(send: Send, callers: number, seconds: number): Send {
  let begun = 0;
  return async () => {
    if (begun < callers) {
      const waitMs = (1000 * seconds * begun) / callers;
      begun += 1;
      await sleep(waitMs);
    }
    return send();
  };
}
