/** The schema of values such as this one: the keys and types of an example, arrays after their first item. */
export function schemaOf(example: unknown): object {
  if (example === null) return { type: 'null' };
  if (Array.isArray(example)) return { type: 'array', items: schemaOf(example[0]) };
  if (typeof example === 'object') {
    const entries = Object.entries(example).filter(([, value]) => value !== undefined);
    return { type: 'object', properties: Object.fromEntries(entries.map(([key, value]) => [key, schemaOf(value)])) };
  }
  return { type: typeof example };
}
