export interface MisspeltName {
  readonly name: string;
  readonly meant: string;
}

/** Below this length two edits turn unrelated names into each other (HOME and HOST), so only one is allowed. */
const LONG_NAME_LENGTH = 8;

/** The known name that takes the fewest edits, where these are few beside its length. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const byDistance = known
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
    .toSorted((one, other) => one.edits - other.edits);
  const [closest] = byDistance;
  return closest !== undefined && closest.edits <= Math.ceil(closest.candidate.length / 3)
    ? closest.candidate
    : undefined;
}

/** Names that are none of the known ones but close to one: at most two edits away, or written in another case. */
export function misspeltNames(names: readonly string[], known: readonly string[]): readonly MisspeltName[] {
  return names.flatMap((name) => {
    if (known.includes(name)) return [];
    const meant = known.find((candidate) => isClose(name.toUpperCase(), candidate));
    return meant === undefined ? [] : [{ name, meant }];
  });
}

function isClose(name: string, candidate: string): boolean {
  const allowed = candidate.length < LONG_NAME_LENGTH ? 1 : 2;
  return Math.abs(name.length - candidate.length) <= allowed && editDistance(name, candidate) <= allowed;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment distance). */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}
