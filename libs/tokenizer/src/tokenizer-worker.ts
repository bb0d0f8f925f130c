import { parentPort, workerData } from 'node:worker_threads';
import type { FromTokenizerWorker, TokenizerSource, ToTokenizerWorker } from './tokenizer-protocol.js';
import { EncodingGarbage } from './encoding-garbage.js';
import { Tokenizer } from './tokenizer.js';

if (parentPort === null) throw new Error('tokenizer-worker is started by ThreadedTokenizer, as a worker thread');
const port = parentPort;
const garbage = new EncodingGarbage();

const { folder, frame } = workerData as TokenizerSource;
// A tokenizer that does not load ends the thread with its error, which ThreadedTokenizer passes on.
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
