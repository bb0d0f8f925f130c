import { Worker } from 'node:worker_threads';
import { EngineService } from '#libs/engine';
import { parentTransport } from '#libs/engine-protocol';

// The server may die without a word (SIGKILL). A closed channel is the usual sign; the heartbeat thread also sees it while a long
// pass holds this thread.
process.once('disconnect', () => process.exit(0));
// The server decides when the engine ends: a Ctrl-C in the terminal reaches both processes at once.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
new Worker(new URL('./heartbeat.js', import.meta.url), { workerData: { parentPid: process.ppid } }).unref();

new EngineService(parentTransport(), (code) => process.exit(code)).start();
