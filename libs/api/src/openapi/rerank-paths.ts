import type { OpenAPIObject } from '@nestjs/swagger';
import { dialectFor } from '../dialects.js';
import { dispatch, RERANK_PATHS, type Route } from '../dispatch/dispatch.js';
import type { DialectName } from '../shared/dialect.js';
import { answerExample, requestExample } from './examples.js';
import { schemaOf } from './schema-of.js';

type Paths = OpenAPIObject['paths'];

/** APIs that are told apart by the body on paths they share, beside the one a plain body gets. */
const ALSO_AT: Readonly<Record<string, readonly DialectName[]>> = {
  '/rerank': ['generic', 'tei', 'infinity'],
  '/': ['generic', 'tei', 'infinity'],
  '/invocations': ['generic', 'tei', 'infinity'],
  '/v1/rerank': ['cohere-v1', 'voyage', 'tei', 'nim', 'rag-api'],
  '/v1/v1/rerank': ['cohere-v1', 'voyage'],
  '/api/v1/rerank': ['cohere-v1', 'voyage'],
  '/reranking': ['mixedbread', 'tei', 'nim'],
  '/v1/reranking': ['mixedbread', 'tei', 'nim'],
  '/score': ['sglang-score'],
  '/v1/score': ['sglang-score'],
};

const ERRORS: Readonly<Record<string, string>> = {
  '400':
    'The body is wrong: the message names the field and what was expected (422 in the APIs of Jina, TEI and Infinity)',
  '401': 'No key, or a wrong one',
  '413': 'The body is larger than MAX_BODY_BYTES',
  '415': 'The body is not JSON',
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
  return [...new Set(RERANK_PATHS.flatMap((path) => routesAt(path).map((route) => dialectFor(route).body)))];
}

function operation(path: string): NonNullable<Paths[string]['post']> {
  const routes = routesAt(path);
  const names = routes.map(({ dialect }) => dialect).join(', ');
  return {
    tags: ['rerank'],
    operationId: `rerank${path.replace(/[^a-z0-9]+/giu, '_')}`,
    summary: routes[0]!.mounted ? `As ${names}, to the letter` : `Scores documents for a query (${names})`,
    parameters: pathParameters(path),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { oneOf: distinct(routes.map((route) => ({ $ref: schemaRef(route) }))) },
          examples: examples(routes, requestExample),
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
            schema: { oneOf: distinct(routes.map((route) => schemaOf(answerExample(route)))) },
            examples: examples(routes, answerExample),
          },
        },
      },
      ...Object.fromEntries(Object.entries(ERRORS).map(([status, description]) => [status, { description }])),
    },
  } as NonNullable<Paths[string]['post']>;
}

/** The route of a plain body first. */
function routesAt(path: string): Route[] {
  const plain = dispatch({ path, headers: {}, body: {} })!;
  const others = ALSO_AT[path] ?? [];
  return [plain, ...others.map((dialect) => ({ dialect, mounted: false }))];
}

function examples(routes: readonly Route[], example: (route: Route) => unknown): Record<string, { value: unknown }> {
  return Object.fromEntries(routes.map((route) => [route.dialect, { value: example(route) }]));
}

function schemaRef(route: Route): string {
  return `#/components/schemas/${dialectFor(route).body.name}`;
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(?<name>\w+)/gu)].map(({ groups }) => ({
    name: groups!['name']!,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function withBraces(path: string): string {
  return path.replaceAll(/:(\w+)/gu, '{$1}');
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
