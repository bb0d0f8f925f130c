// One step of the check: a command with a time limit, its output in a file of its own and on the terminal when it fails.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';

const TAIL_BYTES = 4000;
const GRACE_MS = 5000;

/** Answers what came of it; never throws. `stdout` is whole, for steps that print JSON. */
export function runStep({ name, command, limitSeconds, environment = {} }, folder, root) {
  const startedMs = performance.now();
  const log = createWriteStream(path.join(folder, `${name}.log`));
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let stdout = '';
    let tail = '';
    const collect = (text) => {
      log.write(text);
      tail = (tail + text).slice(-TAIL_BYTES);
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      collect(text);
    });
    child.stderr.setEncoding('utf8').on('data', collect);
    let timedOut = false;
    const end = (signal) => {
      timedOut = true;
      // The whole group: a step starts processes of its own.
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It ended meanwhile.
      }
    };
    const polite = setTimeout(end, limitSeconds * 1000, 'SIGTERM');
    const last = setTimeout(end, limitSeconds * 1000 + GRACE_MS, 'SIGKILL');
    const finish = (outcome) => {
      clearTimeout(polite);
      clearTimeout(last);
      log.end();
      resolve({ name, ...outcome, seconds: (performance.now() - startedMs) / 1000, stdout, tail });
    };
    child.on('error', (error) => finish({ ok: false, reason: error.message }));
    child.on('close', (code, signal) => {
      const reason = timedOut ? `longer than ${limitSeconds} s` : `exit ${code ?? signal}`;
      finish(code === 0 ? { ok: true } : { ok: false, reason });
    });
  });
}
