import { decodeToEngine, encodeFromEngine, parentTransport, type EngineInformation } from '#libs/engine';

// An engine without a model: every score is 0, at once. What is left to measure is the server itself.
const INFORMATION: EngineInformation = {
  backend: 'instant',
  version: '1',
  device: 'cpu',
  dtype: 'f32',
  threads: 1,
  passedOver: [],
  parameters: 0,
  tokensPerSecond: 1e8,
  maxBatchTokens: 1e6,
  loadSeconds: 0,
};
const USAGE = { prefixHits: 0, prefixMisses: 0, prefixEvictions: 0, prefixBytes: 0, deviceBytes: 0 };

const transport = parentTransport();
process.once('disconnect', () => process.exit(0));
transport.onFrame((frame) => {
  const message = decodeToEngine(frame);
  if (message.kind === 'stop') process.exit(0);
  if (message.kind === 'ping') void transport.send(encodeFromEngine({ kind: 'pong' }));
  if (message.kind === 'load') {
    void transport.send(encodeFromEngine({ kind: 'loading', fraction: 1 }));
    void transport.send(encodeFromEngine({ kind: 'warming' }));
    void transport.send(encodeFromEngine({ kind: 'ready', information: INFORMATION }));
  }
  if (message.kind === 'score') {
    const documents = message.batch.shares.reduce((count, share) => count + share.documents.length, 0);
    const scores = { logits: new Float32Array(documents), computedTokens: 1, sharedTokens: 0, computeSeconds: 1e-6 };
    void transport.send(encodeFromEngine({ kind: 'scores', batchId: message.batchId, ...scores, usage: USAGE }));
  }
});
