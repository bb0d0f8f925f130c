const MOST_CHARACTERS = 200;

/** A value that was found, for a message: short, whatever it is. */
export function shown(value: unknown): string {
  return (asJson(value) ?? 'nothing').slice(0, MOST_CHARACTERS);
}

/** JSON.parse reads what nests deeper than JSON.stringify can write. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return 'a value that nests too deeply';
  }
}
