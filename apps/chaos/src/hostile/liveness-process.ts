import http from 'node:http';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

// Asks for /health/live again and again, one request at a time, in a process of its own: the one that makes the load stalls too.
// Told `next`, it answers how long the longest of them took since the last time, in milliseconds; Infinity when one failed.
const EVERY_MS = 5;
const url = process.argv[2]!;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let longestMs = 0;
let askedMs: number | undefined;

try {
  // Before the load on the same core, where that is allowed.
  os.setPriority(-10);
} catch {
  // Not root: its own waiting is then part of the figure.
}
process.on('message', () => {
  const waitingMs = askedMs === undefined ? 0 : performance.now() - askedMs;
  process.send!(String(Math.max(longestMs, waitingMs)));
  longestMs = 0;
});
process.once('disconnect', () => process.exit(0));
for (;;) {
  askedMs = performance.now();
  await ask();
  longestMs = Math.max(longestMs, performance.now() - askedMs);
  askedMs = undefined;
  await sleep(EVERY_MS);
}

function ask(): Promise<void> {
  return new Promise((resolve) => {
    const fail = () => {
      longestMs = Infinity;
      resolve();
    };
    const sent = http.get(`${url}/health/live`, { agent }, (response) => {
      if (response.statusCode !== 200) fail();
      response.resume().once('end', resolve).once('error', fail);
    });
    sent.once('error', fail);
  });
}
