import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, KeysConfig } from '#libs/config';
import { factsOf } from '#libs/routes';

/** Of requests whose key keeps them from the highest priority. */
const bestPriorities = new WeakMap<FastifyRequest, number>();

/** The lowest number, which is the highest priority, that the request's key may use. */
export function bestPriorityOf(request: FastifyRequest): number {
  return bestPriorities.get(request) ?? 0;
}

/** Whether a request may be answered at all, by its headers and the facts of its route. */
@Injectable()
export class KeyCheck {
  constructor(
    private readonly config: KeysConfig,
    private readonly keys: ApiKeys,
  ) {}

  admits(request: FastifyRequest): boolean {
    if (!this.needsKey(request)) return true;
    const rights = keysOf(request).flatMap((key) => this.keys.rightsOf(key) ?? []);
    bestPriorities.set(request, Math.min(...rights.map(({ bestPriority }) => bestPriority)));
    return rights.length > 0;
  }

  private needsKey(request: FastifyRequest): boolean {
    const { REQUIRE_API_KEY, METRICS_REQUIRE_API_KEY } = this.config;
    switch (factsOf(request).access) {
      case 'open':
        return false;
      case 'metrics':
        return METRICS_REQUIRE_API_KEY;
      case 'key':
        return REQUIRE_API_KEY;
    }
  }
}

/** A key after any scheme, a bare one (LlamaIndex, Mixedbread), or in a header of its own (Azure's is `api-key`). */
function keysOf({ headers }: FastifyRequest): string[] {
  const authorization = headers.authorization?.trim() ?? '';
  const afterScheme = /^\S+\s+(?<key>\S.*)$/u.exec(authorization)?.groups?.['key'];
  return [afterScheme, authorization, headers['x-api-key'], headers['api-key']].filter(
    (key): key is string => typeof key === 'string' && key !== '',
  );
}
