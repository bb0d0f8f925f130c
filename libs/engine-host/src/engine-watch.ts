import { BEAT_MS } from '#libs/engine-protocol';

/** Two missed: the engine is not ready. A busy machine may delay a beat; one that delays several cannot serve either. */
const BEATS_UNTIL_SILENT = 2;
const BEATS_UNTIL_DEAD = 20;

/** A pass may take ten times what was predicted before the device counts as stuck: prediction knows no attention. */
const SLOWEST_FACTOR = 10;
const SHORTEST_BATCH_DEADLINE_MS = 5000;
/** An idle engine is asked for a sign of its main thread every so often, and has as long as the shortest batch. */
const PING_AFTER_MS = 2000;
const PING_DEADLINE_MS = SHORTEST_BATCH_DEADLINE_MS;
/** Loading reports every layer; nothing for so long is a hang, not a slow disk. */
const LOAD_DEADLINE_MS = 180_000;

export type Verdict =
  | { readonly kind: 'well' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'end'; readonly reason: string };

/** What the engine owes: a loaded model, the oldest batch, the answer to a ping, or nothing. */
export type Debt =
  | { readonly kind: 'load' }
  | { readonly kind: 'batch'; readonly deadlineMs: number }
  | { readonly kind: 'pong' }
  | { readonly kind: 'nothing' };

/** Milliseconds that a batch of this many rows may take. */
export function batchDeadlineMs(rows: number, tokensPerSecond: number): number {
  return Math.max(SHORTEST_BATCH_DEADLINE_MS, (SLOWEST_FACTOR * rows * 1000) / tokensPerSecond);
}

/**
 * Judges from beats and answers whether an engine is well. Time is counted in ticks, one per BEAT_MS: when this process
 * itself was stopped, its missed ticks collapse into one and no healthy engine is blamed.
 */
export class EngineWatch {
  private hasBeaten = false;
  private missedBeats = 0;
  private waitedMs = 0;

  /** The heartbeat thread gave a sign: the process runs. */
  beat(): void {
    this.hasBeaten = true;
    this.missedBeats = 0;
  }

  /** The main thread gave a sign, or was asked for one: what it owes counts from now. */
  progress(): void {
    this.waitedMs = 0;
  }

  tick(debt: Debt): Verdict {
    // A process that has not beaten yet is still being started; what it owes says when that takes too long.
    if (this.hasBeaten) this.missedBeats += 1;
    this.waitedMs += BEAT_MS;
    if (this.missedBeats > BEATS_UNTIL_DEAD) return end(`no heartbeat for ${this.missedBeats * BEAT_MS} ms`);
    const overdue = this.overdue(debt);
    if (overdue !== undefined) return end(overdue);
    if (this.missedBeats > BEATS_UNTIL_SILENT) return { kind: 'silent' };
    return debt.kind === 'nothing' && this.waitedMs >= PING_AFTER_MS ? { kind: 'ask' } : { kind: 'well' };
  }

  private overdue(debt: Debt): string | undefined {
    switch (debt.kind) {
      case 'load':
        return this.waitedMs > LOAD_DEADLINE_MS ? `loading stood still for ${LOAD_DEADLINE_MS} ms` : undefined;
      case 'batch':
        return this.waitedMs > debt.deadlineMs ? `a batch was not scored within ${debt.deadlineMs} ms` : undefined;
      case 'pong':
        return this.waitedMs > PING_DEADLINE_MS ? `idle, and no answer within ${PING_DEADLINE_MS} ms` : undefined;
      case 'nothing':
        return undefined;
    }
  }
}

function end(reason: string): Verdict {
  return { kind: 'end', reason };
}
