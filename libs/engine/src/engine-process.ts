import { fork, type ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { backendEnvironment } from './backend-registry.js';
import type { Transport } from './engine-protocol.js';

export interface EngineProcess {
  readonly transport: Transport;
  readonly pid: number | undefined;
  /** Calls back on every beat of the engine's heartbeat thread. */
  onBeat(listener: () => void): void;
  /** Calls back with every line that the process writes: its own warnings, and the last words of native code. */
  onLine(listener: (line: string) => void): void;
  kill(): void;
}

export interface EngineCommand {
  /** The engine's compiled entry file. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly threads: number;
}

/** A pipe of its own: the heartbeat thread cannot reach the channel, which belongs to the main thread. */
const BEAT_DESCRIPTOR = 4;

/** MiB of V8's young generation: the engine's numbers are not on that heap, and 16 would make it grow by three times as much. */
const ENGINE_FLAGS = ['--max-semi-space-size=4'];

/** Starts the engine as a child: a native crash or a device fault ends the child, never the server. */
export function startEngineProcess(command: EngineCommand, onExit: (reason: string) => void): EngineProcess {
  const child = fork(command.entry, {
    // Structured clone carries typed arrays without a detour over JSON.
    serialization: 'advanced',
    execArgv: [...process.execArgv, ...ENGINE_FLAGS],
    env: { ...command.environment, ...backendEnvironment(command.threads, command.environment) },
    // Pipes of its own. A child's standard streams are made blocking, and the server would share an inherited one: a log that is
    // not read would then stop the thread that writes it, and with it the end of the process.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  // Both may come for one end, and a signal that cannot be sent is an error of a child that lives.
  let isOver = false;
  const over = (reason: string) => {
    if (isOver) return;
    isOver = true;
    onExit(reason);
  };
  child.once('exit', (code, signal) => over(signal === null ? `exit code ${code}` : `signal ${signal}`));
  child.on('error', (error) => {
    if (child.pid === undefined) over(error.message);
  });
  const beats = child.stdio[BEAT_DESCRIPTOR] as Readable;
  beats.on('error', () => undefined); // The process ended; its exit is reported anyway.
  return {
    transport: childTransport(child),
    pid: child.pid,
    onBeat: (listener) => void beats.on('data', listener),
    onLine: (listener) => {
      for (const output of [child.stdout!, child.stderr!]) {
        const lines = createInterface({ input: output }).on('line', listener);
        lines.on('error', () => undefined); // As above.
      }
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** One beat, from any thread of the engine process. */
export function beatOnce(): void {
  try {
    writeSync(BEAT_DESCRIPTOR, '.');
  } catch {
    // The server reads late or is gone: the next beat will tell it as much as this one.
  }
}

function childTransport(child: ChildProcess): Transport {
  return {
    // The callback form: a frame to a process that just ended is not an error here, its exit is reported anyway.
    send: (frame) => new Promise((resolve) => void child.send(frame, () => resolve())),
    onFrame: (listener) => void child.on('message', (frame) => listener(frame as Uint8Array)),
  };
}

/** The engine's end of the same channel. */
export function parentTransport(): Transport {
  return {
    send: (frame) => new Promise((resolve) => void process.send?.(frame, undefined, undefined, () => resolve())),
    onFrame: (listener) => void process.on('message', (frame) => listener(frame as Uint8Array)),
  };
}
