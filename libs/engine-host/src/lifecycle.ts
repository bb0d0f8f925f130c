export const LIFECYCLE_STATES = [
  'downloading',
  'starting',
  'loading',
  'warming',
  'ready',
  'unresponsive',
  'failed',
  'draining',
  'stopped',
] as const;

export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/** What the engine goes through while the server lives; the server downloads before, and then drains and stops. */
export type EngineState = Exclude<LifecycleState, 'downloading' | 'draining' | 'stopped'>;

/** An engine that dies takes the state from anywhere back to `starting`. */
const LEGAL_MOVES: Readonly<Record<EngineState, readonly EngineState[]>> = {
  starting: ['loading', 'failed', 'starting'],
  loading: ['loading', 'warming', 'failed', 'starting'],
  warming: ['ready', 'failed', 'starting'],
  ready: ['unresponsive', 'starting'],
  unresponsive: ['ready', 'starting'],
  failed: ['starting'],
};

/**
 * [downloading →] starting → loading → warming → ready → draining → stopped. The engine may fall back to `starting` at any time, also while
 * the server drains: what was accepted still waits for it. Illegal moves throw.
 */
export class Lifecycle {
  private engine: EngineState = 'starting';
  private server: 'draining' | 'stopped' | undefined;
  private readyOnce = false;

  /** What the server says of itself. */
  get state(): LifecycleState {
    return this.server ?? this.engine;
  }

  get engineState(): EngineState {
    return this.engine;
  }

  /**
   * Requests may come. An unresponsive engine is not ready, but what is sent to it waits: it is heard again, or the next one
   * takes the work over.
   */
  get canScore(): boolean {
    return (this.engine === 'ready' || this.engine === 'unresponsive') && this.server !== 'stopped';
  }

  /** It has been ready since the server started. */
  get hasStarted(): boolean {
    return this.readyOnce;
  }

  moveTo(next: EngineState): void {
    if (this.server === 'stopped') return; // The last words of an engine that was told to leave.
    if (!LEGAL_MOVES[this.engine].includes(next)) throw new Error(`no move from ${this.engine} to ${next}`);
    this.engine = next;
    this.readyOnce ||= next === 'ready';
  }

  drain(): void {
    this.server ??= 'draining';
  }

  stop(): void {
    this.server = 'stopped';
  }
}
