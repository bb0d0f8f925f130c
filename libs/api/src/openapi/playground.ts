import { DIALECTS } from '../dialects/list.js';

/** One API as the playground shows it: a body with {query} and one {document}, and where the scores of an answer are. */
export interface PlaygroundDialect {
  readonly title: string;
  readonly path: string;
  readonly body: object;
  readonly list: string;
  readonly score: string;
  readonly instruction?: string;
  readonly typescript?: string;
  readonly python?: string;
}

/** The APIs that the playground writes code for, by name; `npm run generate` puts them where the page finds them. */
export function describePlayground(): Readonly<Record<string, PlaygroundDialect>> {
  const shown = DIALECTS.flatMap(({ name, mounts, example }) => {
    const { code, list, score } = example;
    if (code === undefined) return [];
    return [
      [name, { ...code, path: mounts[0]!, body: example.request('{query}', ['{document}']), list, score }] as const,
    ];
  });
  const first = shown.find(([name]) => name === 'native');
  return Object.fromEntries([first!, ...shown.filter((each) => each !== first)]);
}
