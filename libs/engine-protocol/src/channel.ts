import type { ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** Carries frames in both directions; the messages do not know over what. */
export interface Transport {
  /** Resolves when the frame has left this process; rejects never. */
  send(frame: Uint8Array): Promise<void>;
  onFrame(listener: (frame: Uint8Array) => void): void;
}

/** What stands between the server and an engine that it started. */
export interface ChildChannel {
  readonly transport: Transport;
  /** Calls back on every beat of the engine's heartbeat thread. */
  onBeat(listener: () => void): void;
}

/** The engine's heartbeat, and the step in which the server counts time. */
export const BEAT_MS = 250;

/** A pipe of its own: the heartbeat thread cannot reach the channel, which belongs to the main thread. */
const BEAT_DESCRIPTOR = 4;

/**
 * Pipes of its own. A child's standard streams are made blocking, and the server would share an inherited one: a log that is not read
 * would then stop the thread that writes it, and with it the end of the process.
 */
export const CHANNEL_STREAMS = ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'] as const;

/** The server's end, of a child that was started with CHANNEL_STREAMS. */
export function childChannel(child: ChildProcess): ChildChannel {
  const beats = child.stdio[BEAT_DESCRIPTOR] as Readable;
  beats.on('error', () => undefined); // The process ended; its exit is reported anyway.
  return {
    transport: {
      // The callback form: a frame to a process that just ended is not an error here, its exit is reported anyway.
      send: (frame) => new Promise((resolve) => void child.send(frame, () => resolve())),
      onFrame: (listener) => void child.on('message', (frame) => listener(frame as Uint8Array)),
    },
    onBeat: (listener) => void beats.on('data', listener),
  };
}

/** The engine's end of the same channel. */
export function parentTransport(): Transport {
  return {
    send: (frame) => new Promise((resolve) => void process.send?.(frame, undefined, undefined, () => resolve())),
    onFrame: (listener) => void process.on('message', (frame) => listener(frame as Uint8Array)),
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
