import { workerData } from 'node:worker_threads';

const CHECK_MS = 500;
const { parentPid } = workerData as { parentPid: number };

// An orphan is handed to another parent. SIGKILL, because nobody is left to read a message and the device must be freed.
setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, CHECK_MS);
