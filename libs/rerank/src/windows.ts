/** Tokens [from, to) of a document. */
export interface TokenRange {
  readonly from: number;
  readonly to: number;
}

export interface WindowLimits {
  /** Most tokens of a window. */
  readonly limit: number;
  readonly maxWindows: number;
  /** What two windows share, in tokens or sentences; half a window at most: more would read every token many times. */
  readonly overlap: number;
}

/**
 *   document  [ . . . . . . . . . . . . . . . . . ]
 *   windows   [ . . . . . . . ]                       as many tokens as fit
 *                       [ . . . . . . . ]             overlapping, so that no sentence is cut in all of them
 *                             [ . . . . . . . ]       the last one is full too: its text has as much context
 */
export function tokenWindows(length: number, limits: WindowLimits): TokenRange[] {
  const { limit } = limits;
  return Array.from({ length: tokenWindowCount(length, limits) }, (_, index) => {
    const from = Math.min(index * stepOf(limits), length - limit);
    return { from, to: from + limit };
  });
}

/** How many `tokenWindows` makes. */
export function tokenWindowCount(length: number, limits: WindowLimits): number {
  return Math.min(1 + Math.ceil((length - limits.limit) / stepOf(limits)), limits.maxWindows);
}

function stepOf({ limit, overlap }: WindowLimits): number {
  return limit - Math.min(overlap, Math.floor(limit / 2));
}

/**
 * Windows of whole sentences, as many as fit, the last one full too. `starts` are the tokens at which sentences begin, ascending; one
 * that is longer than a window is cut.
 */
export function sentenceWindows(length: number, starts: readonly number[], limits: WindowLimits): TokenRange[] {
  const { limit, maxWindows, overlap } = limits;
  const bounds = boundsOf(length, starts, limit);
  const windows: TokenRange[] = [];
  for (let first = 0; windows.length < maxWindows;) {
    const end = lastWithin(bounds, first, limit);
    if (bounds[end] === length) return [...windows, { from: firstWithin(bounds, end, limit), to: length }];
    windows.push({ from: bounds[first]!, to: bounds[end]! });
    first = end - Math.min(overlap, Math.floor((end - first) / 2));
    // Short sentences in front of a long one would be read again, and nothing behind them.
    while (lastWithin(bounds, first, limit) === end) first += 1;
  }
  return windows;
}

/** Where a window may begin or end: with each sentence, and inside those that are too long. */
function boundsOf(length: number, starts: readonly number[], limit: number): number[] {
  const bounds = [0];
  for (const start of [...starts.filter((each) => each > 0 && each < length), length]) {
    while (start - bounds.at(-1)! > limit) bounds.push(bounds.at(-1)! + limit);
    bounds.push(start);
  }
  return bounds;
}

/** By halves: of short sentences in front of a long one each is asked for. */
function lastWithin(bounds: readonly number[], first: number, limit: number): number {
  let end = first + 1;
  let beyond = bounds.length;
  while (beyond - end > 1) {
    const middle = Math.floor((end + beyond) / 2);
    if (bounds[middle]! - bounds[first]! <= limit) end = middle;
    else beyond = middle;
  }
  return end;
}

function firstWithin(bounds: readonly number[], end: number, limit: number): number {
  return bounds.find((bound) => bounds[end]! - bound <= limit)!;
}
