import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { backendEnvironment, CHANNEL_STREAMS, childChannel, type ChildChannel } from '#libs/engine-protocol';

export interface EngineProcess extends ChildChannel {
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

/** MiB of V8's young generation: the engine's numbers are not on that heap, and 16 would make it grow by three times as much. */
const ENGINE_FLAGS = ['--max-semi-space-size=4'];

/** The images set it for the server, whose bodies come and go; an engine uses the same megabytes again in each pass. */
const NOT_FOR_ENGINES = { MALLOC_MMAP_THRESHOLD_: undefined };

/** Starts the engine as a child: a native crash or a device fault ends the child, never the server. */
export function startEngineProcess(command: EngineCommand, onExit: (reason: string) => void): EngineProcess {
  const child = fork(command.entry, {
    // Structured clone carries typed arrays without a detour over JSON.
    serialization: 'advanced',
    execArgv: [...process.execArgv, ...ENGINE_FLAGS],
    env: { ...command.environment, ...NOT_FOR_ENGINES, ...backendEnvironment(command.threads, command.environment) },
    stdio: [...CHANNEL_STREAMS],
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
  return {
    ...childChannel(child),
    onLine: (listener) => {
      for (const output of [child.stdout!, child.stderr!]) {
        const lines = createInterface({ input: output }).on('line', listener);
        lines.on('error', () => undefined); // The process ended; its exit is reported anyway.
      }
    },
    kill: () => child.kill('SIGKILL'),
  };
}
