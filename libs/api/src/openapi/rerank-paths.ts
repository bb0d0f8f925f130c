import type { OpenAPIObject } from '@nestjs/swagger';
import type { Dialect } from '../dialects/dialect.js';
import { dialectsAt, RERANK_PATHS } from '../dispatch/dispatch.js';
import { answerExample, requestExample } from './examples.js';

type Paths = OpenAPIObject['paths'];

const ERRORS: Readonly<Record<string, string>> = {
  '400':
    'The body is wrong: the message names the field and what was expected (422 in the APIs of Jina, TEI and Infinity)',
  '401': 'No key, or a wrong one',
  '413': 'The body is larger than MAX_BODY_BYTES',
  '415': 'The body is not JSON',
  '422': 'As 400, from the APIs that say so with this status',
  '429': 'The server is busy; Retry-After says for how long',
  '500': 'An internal error; the log has the details under the X-Request-Id of the answer',
  '503': 'The model is loading or its engine is being started again; Retry-After says when to come back',
  '504': 'Not answered within REQUEST_TIMEOUT',
};

/** The operations of every rerank path, with an example for each API that the path speaks. */
export function rerankPaths(): Paths {
  return Object.fromEntries(RERANK_PATHS.map((path) => [withBraces(path), { post: operation(path) }]));
}

/** Classes of bodies, for the schemas that the operations refer to. */
export function bodyClasses(): (new () => object)[] {
  return [...new Set(RERANK_PATHS.flatMap((path) => dialectsAt(path).map(({ request }) => request)))];
}

function operation(path: string): NonNullable<Paths[string]['post']> {
  // The one that a plain body gets first.
  const dialects = dialectsAt(path).toReversed();
  const names = dialects.map(({ name }) => name).join(', ');
  return {
    tags: ['rerank'],
    operationId: `rerank${path.replace(/[^a-z0-9]+/giu, '_')}`,
    summary: dialects.length === 1 ? `As ${names}` : `Scores documents for a query (${names})`,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: oneOfThese(dialects.map(({ request }) => ({ $ref: `#/components/schemas/${request.name}` }))),
          examples: examples(dialects, requestExample),
        },
      },
    },
    responses: {
      '200': {
        description: 'Scores; best first where the API ranks',
        headers: {
          'X-Request-Id': { description: 'The one of the request, or a new one', schema: { type: 'string' } },
        },
        content: {
          'application/json': {
            schema: oneOfThese(dialects.map(({ answer }) => answer.json)),
            examples: examples(dialects, answerExample),
          },
        },
      },
      ...errorsOf(dialects),
    },
  };
}

function errorsOf(dialects: readonly Dialect[]): object {
  const content = { 'application/json': { schema: oneOfThese(dialects.map(({ error }) => error.json)) } };
  return Object.fromEntries(Object.entries(ERRORS).map(([status, description]) => [status, { description, content }]));
}

function examples(
  dialects: readonly Dialect[],
  example: (dialect: Dialect) => unknown,
): Record<string, { value: unknown }> {
  return Object.fromEntries(dialects.map((dialect) => [dialect.name, { value: example(dialect) }]));
}

/** Not oneOf: bodies of several APIs fit each other's schemas. */
function oneOfThese(schemas: readonly object[]): object {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return distinct.length === 1 ? distinct[0]! : { anyOf: distinct };
}

function withBraces(path: string): string {
  return path.replaceAll(/:(\w+)/gu, '{$1}');
}
