import { workerData } from 'node:worker_threads';
import { BEAT_MS, beatOnce } from '#libs/engine-protocol';

const { parentPid } = workerData as { parentPid: number };

// A thread of its own, so that a long pass on the main thread is no silence. It tells the server that this process runs,
// and it sees when the server is gone: an orphan is handed to another parent. SIGKILL then, because nothing is left to read
// a message and the device must be freed.
setInterval(() => {
  beatOnce();
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, BEAT_MS);
