import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

/** One vendor's request and answer format. */
export type DialectName = 'native';

export const DIALECTS: readonly DialectName[] = ['native'];

/** Marks a route with its dialect, for its errors and for the metrics. */
export function Dialect(name: DialectName): MethodDecorator {
  return applyDecorators(RouteConfig({ dialect: name }));
}
