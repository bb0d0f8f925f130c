import type { OpenAPIObject } from '@nestjs/swagger';
import type { KnownRoute, RouteFacts } from '#libs/routes';

type Paths = OpenAPIObject['paths'];

const KEYS = [{ bearer: [] }, { 'api-key': [] }];
/** Beside the document's own requirement, which holds for every other operation. */
const SECURITY: Readonly<Record<Exclude<RouteFacts['access'], 'key'>, object[]>> = { open: [], metrics: [{}, ...KEYS] };

/** Says of each operation that a key is not needed for, by the facts of its route, that it is so. */
export function withSecurity(paths: Paths, routes: readonly KnownRoute[]): Paths {
  const open = routes.flatMap(({ method, path, facts }) =>
    facts === undefined || facts.access === 'key'
      ? []
      : [[operationKey(method, path), SECURITY[facts.access]] as const],
  );
  const securityOf = new Map(open);
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => {
      const described = Object.entries(operations).map(([method, operation]) => {
        const security = securityOf.get(operationKey(method, path));
        return [method, security === undefined ? operation : { ...(operation as object), security }] as const;
      });
      return [path, Object.fromEntries(described)];
    }),
  );
}

/** The router writes parameters as `:id`, OpenAPI as `{id}`. */
function operationKey(method: string, path: string): string {
  return `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/gu, '{$1}')}`;
}
