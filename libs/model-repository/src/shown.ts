const MOST_CHARACTERS = 200;
const MOST_PROBLEMS = 10;

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

/** The first ten problems of a list and how many more there are, for a message. */
export function listed(problems: readonly string[]): string {
  const more = problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : '';
  return `${problems.slice(0, MOST_PROBLEMS).join('; ')}${more}`;
}
