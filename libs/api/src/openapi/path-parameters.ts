import type { OpenAPIObject } from '@nestjs/swagger';

type Paths = OpenAPIObject['paths'];

/** Declares what a path has in braces: generators leave out an operation whose parameters are not those of its path. */
export function withPathParameters(paths: Paths): Paths {
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, { ...item, ...parametersOf(path) }]));
}

function parametersOf(path: string): Pick<Paths[string], 'parameters'> {
  const names = [...path.matchAll(/\{(?<name>\w+)\}/gu)].map(({ groups }) => groups!['name']!);
  if (names.length === 0) return {};
  return { parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })) };
}
