/** How slow a sender may be over a window: this many bytes in it, or nothing is kept for it. */
const WINDOW_MS = 5000;
const LEAST_BYTES_A_WINDOW = 40_960;
/** When bytes are short, the first to give theirs back are those that sent nothing for so long. */
const STALLED_MS = 250;
/** Part of the bytes that only small bodies may take, so that large ones do not keep them out. */
const RESERVED_PART = 8;
const SMALL_BYTES = 65_536;

/** Why a body was given up. */
export type GivenUp = 'too_slow' | 'no_room';

/** Bytes of one request's body, from their arrival until the request is answered. */
export class Hold {
  bytes = 0;
  /** All of it is there: it is not given up any more. */
  isWhole = false;
  /** It is not read until its turn comes: that nothing arrives is not its sender's fault. */
  private isWaiting = false;
  private windowBytes = 0;
  private windowStartMs: number;
  private lastMs: number;

  constructor(
    nowMs: number,
    readonly giveUp: (why: GivenUp) => void,
  ) {
    this.windowStartMs = nowMs;
    this.lastMs = nowMs;
  }

  arrived(bytes: number, nowMs: number): void {
    this.windowBytes += bytes;
    this.lastMs = nowMs;
  }

  waits(): void {
    this.isWaiting = true;
  }

  /** Reading goes on: the time that passed does not count as silence. */
  goesOn(nowMs: number): void {
    this.isWaiting = false;
    this.lastMs = nowMs;
  }

  /** Milliseconds since the last byte. */
  quietMs(nowMs: number): number {
    return nowMs - this.lastMs;
  }

  /** Nothing came of late, or so little that the window will not be filled. */
  isLagging(nowMs: number): boolean {
    if (this.isWaiting) return false;
    const windowMs = nowMs - this.windowStartMs;
    const isBehind = windowMs >= 2 * STALLED_MS && this.windowBytes < (LEAST_BYTES_A_WINDOW * windowMs) / WINDOW_MS;
    return isBehind || this.quietMs(nowMs) >= STALLED_MS;
  }

  /** The window is over and brought too little. */
  isTooSlow(nowMs: number): boolean {
    if (this.isWaiting || nowMs - this.windowStartMs < WINDOW_MS) return false;
    const isSlow = this.windowBytes < LEAST_BYTES_A_WINDOW;
    this.windowStartMs = nowMs;
    this.windowBytes = 0;
    return isSlow;
  }
}

/**
 * The bytes of all bodies that are not answered yet, counted as they are kept, within one bound. Where it is reached, bodies
 * that stopped arriving are given up for those that arrive.
 */
export class InflightBytes {
  private readonly holds = new Set<Hold>();
  private used = 0;

  constructor(
    readonly limit: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get usedBytes(): number {
    return this.used;
  }

  /** `giveUp` is called at most once, when the body is too slow or its bytes are needed. */
  open(giveUp: (why: GivenUp) => void): Hold {
    const hold = new Hold(this.now(), (why) => {
      this.close(hold);
      giveUp(why);
    });
    this.holds.add(hold);
    return hold;
  }

  arrived(hold: Hold, bytes: number): void {
    hold.arrived(bytes, this.now());
  }

  /** Reading goes on after `hold.waits()`. */
  goesOn(hold: Hold): void {
    hold.goesOn(this.now());
  }

  /** Whether a body of this size may begin to come, by what is kept and could be given up. */
  hasRoomFor(bytes: number): boolean {
    const limit = this.limitFor(bytes);
    if (this.used < limit) return true;
    const nowMs = this.now();
    let lagging = 0;
    for (const hold of this.holds) if (!hold.isWhole && hold.isLagging(nowMs)) lagging += hold.bytes;
    return this.used - lagging < limit;
  }

  /** Keeps `bytes` more for a body. False: there is no room. */
  take(hold: Hold, bytes: number): boolean {
    const limit = this.limitFor(hold.bytes + bytes);
    if (this.used + bytes > limit) this.makeRoom(hold, this.used + bytes - limit);
    if (this.used + bytes > limit) return false;
    hold.bytes += bytes;
    this.used += bytes;
    return true;
  }

  /** A whole body is to be kept `growth` times, or as often as one alone may be. False: there is no room. */
  grow(hold: Hold, growth: number): boolean {
    const bytes = Math.min(hold.bytes * growth, this.limitFor(hold.bytes * growth));
    return bytes <= hold.bytes || this.take(hold, bytes - hold.bytes);
  }

  /** The request is over, or its body is given up. */
  close(hold: Hold): void {
    if (!this.holds.delete(hold)) return;
    this.used -= hold.bytes;
    hold.bytes = 0;
  }

  /** Gives up what arrives too slowly; to be called now and then. */
  sweep(): void {
    const nowMs = this.now();
    for (const hold of this.holds) if (!hold.isWhole && hold.isTooSlow(nowMs)) hold.giveUp('too_slow');
  }

  private limitFor(bytes: number): number {
    return bytes > SMALL_BYTES ? this.limit - this.limit / RESERVED_PART : this.limit;
  }

  /** Of the bodies that stopped arriving, the quietest first. */
  private makeRoom(forHold: Hold, bytes: number): void {
    const nowMs = this.now();
    const lagging = [...this.holds]
      .filter((hold) => hold !== forHold && !hold.isWhole && hold.bytes > 0 && hold.isLagging(nowMs))
      .toSorted((a, b) => b.quietMs(nowMs) - a.quietMs(nowMs));
    let freed = 0;
    for (const hold of lagging) {
      if (freed >= bytes) return;
      freed += hold.bytes;
      hold.giveUp('no_room');
    }
  }
}
