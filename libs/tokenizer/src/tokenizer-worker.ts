import { parentPort, workerData } from 'node:worker_threads';
import type { FromTokenizerWorker, TokenizerWorkerData, ToTokenizerWorker } from './tokenizer-protocol.js';
import { EncodingGarbage } from './encoding-garbage.js';
import { Tokenizer } from './tokenizer.js';

if (parentPort === null) throw new Error('tokenizer-worker is started by TokenizerPool, as a worker thread');
const port = parentPort;
const garbage = new EncodingGarbage();

const { folder, frame } = workerData as TokenizerWorkerData;
// A tokenizer that does not load ends the thread with its error, which the pool passes on.
const tokenizer = await Tokenizer.load(folder, frame);

port.on('message', ({ sliceId, texts, spans }: ToTokenizerWorker) => {
  tokenizer.encodePacked(texts, spans).then(
    (packed) => {
      const tokens = packed.ids.length;
      post({ kind: 'encoded', sliceId, packed }, [packed.ids.buffer, packed.offsets.buffer]);
      garbage.add(tokens);
    },
    (error: unknown) => post({ kind: 'failed', sliceId, reason: String(error) }),
  );
});
post({ kind: 'ready', loaded: { constants: tokenizer.constants, isPartable: tokenizer.isPartable } });

function post(message: FromTokenizerWorker, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
