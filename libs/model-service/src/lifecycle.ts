export const LIFECYCLE_STATES = ['starting', 'loading', 'warming', 'ready', 'failed', 'stopped'] as const;

export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/** An engine that dies takes the state from anywhere back to `starting`; only `stopped` is final. */
const LEGAL_MOVES: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  starting: ['loading', 'failed', 'starting', 'stopped'],
  loading: ['loading', 'warming', 'failed', 'starting', 'stopped'],
  warming: ['ready', 'failed', 'starting', 'stopped'],
  ready: ['starting', 'stopped'],
  failed: ['starting', 'stopped'],
  stopped: [],
};

/** starting → loading → warming → ready, and back to starting when the engine died. Illegal moves throw. */
export class Lifecycle {
  private current: LifecycleState = 'starting';

  get state(): LifecycleState {
    return this.current;
  }

  moveTo(next: LifecycleState): void {
    if (!LEGAL_MOVES[this.current].includes(next)) throw new Error(`no move from ${this.current} to ${next}`);
    this.current = next;
  }
}
