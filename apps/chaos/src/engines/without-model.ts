import { setTimeout as sleep } from 'node:timers/promises';
import { decodeToEngine, encodeFromEngine, parentTransport, type EngineInformation } from '#libs/engine-protocol';

type Score = Extract<ReturnType<typeof decodeToEngine>, { kind: 'score' }>;

interface Pace {
  /** What it says of itself. */
  readonly tokensPerSecond: number;
  readonly maxBatchTokens: number;
  /** What a batch of this size takes, one batch after the other and without processor time, as on a GPU. */
  readonly secondsFor: (tokens: number) => number;
}

const USAGE = { prefixHits: 0, prefixMisses: 0, prefixEvictions: 0, prefixBytes: 0, deviceBytes: 0 };
/** Of a batch that took no time: a rate cannot be infinite. */
const LEAST_SECONDS = 1e-6;

/** Runs this process as an engine without a model: every score is 0. */
export function runWithoutModel(backend: string, { tokensPerSecond, maxBatchTokens, secondsFor }: Pace): void {
  const information: EngineInformation = {
    backend,
    version: '1',
    device: 'cpu',
    dtype: 'f32',
    threads: 1,
    passedOver: [],
    parameters: 0,
    tokensPerSecond,
    maxBatchTokens,
    loadSeconds: 0,
  };
  const transport = parentTransport();
  let freeMs = 0;
  const score = async ({ batchId, batch }: Score) => {
    const documents = batch.shares.flatMap((share) => share.documents);
    const tokens = documents.reduce((sum, ids) => sum + ids.length, 0);
    const seconds = secondsFor(tokens);
    freeMs = Math.max(freeMs, performance.now()) + 1000 * seconds;
    if (seconds > 0) await sleep(freeMs - performance.now());
    const scores = {
      logits: new Float32Array(documents.length),
      computedTokens: tokens,
      sharedTokens: 0,
      computeSeconds: Math.max(LEAST_SECONDS, seconds),
    };
    await transport.send(encodeFromEngine({ kind: 'scores', batchId, ...scores, usage: USAGE }));
  };
  process.once('disconnect', () => process.exit(0));
  transport.onFrame((frame) => {
    const message = decodeToEngine(frame);
    if (message.kind === 'stop') process.exit(0);
    if (message.kind === 'ping') void transport.send(encodeFromEngine({ kind: 'pong' }));
    if (message.kind === 'load') {
      void transport.send(encodeFromEngine({ kind: 'loading', fraction: 1 }));
      void transport.send(encodeFromEngine({ kind: 'warming' }));
      void transport.send(encodeFromEngine({ kind: 'ready', information }));
    }
    if (message.kind === 'score') void score(message);
  });
}
