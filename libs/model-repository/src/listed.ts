const NAMED = 10;

/** The first ten problems of a list and how many more there are, for a message. */
export function listed(problems: readonly string[]): string {
  const more = problems.length > NAMED ? `; and ${problems.length - NAMED} more` : '';
  return `${problems.slice(0, NAMED).join('; ')}${more}`;
}
