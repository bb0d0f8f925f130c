import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** What is true of a route for every caller. A route without a decorator has CLOSED: forgetting one locks it. */
export interface RouteFacts {
  /** Who may call it: holders of a key, everybody, or what METRICS_REQUIRE_API_KEY says. */
  readonly access: 'key' | 'open' | 'metrics';
  /** Answered whatever the load is: beyond MAX_CONNECTIONS, on ADMIN_PORT, and while the server drains. */
  readonly probe: boolean;
  /** Takes work: needs room in the queue before its body is read, and is counted and logged. */
  readonly admitted: boolean;
  /** What a request takes until it is answered, as a multiple of its body: so much of MAX_INFLIGHT_BYTES it holds. */
  readonly growth: number;
}

const CLOSED: RouteFacts = { access: 'key', probe: false, admitted: false, growth: 1 };
export const PUBLIC: RouteFacts = { ...CLOSED, access: 'open' };
const PROBE: RouteFacts = { ...PUBLIC, probe: true };

declare module 'fastify' {
  interface FastifyContextConfig {
    facts?: RouteFacts;
  }
}

/** Answered without a key. */
export const Public = (): MethodDecorator => fact(PUBLIC);

/** For orchestrators, which have no key: answered without one, whatever the load is. */
export const Probe = (): MethodDecorator => fact(PROBE);

/** A probe that METRICS_REQUIRE_API_KEY closes. */
export const MetricsProbe = (): MethodDecorator => fact({ ...PROBE, access: 'metrics' });

/** Tokenises or scores. */
export const Admitted = ({ growth = 1 } = {}): MethodDecorator => fact({ ...CLOSED, admitted: true, growth });

/** The facts of the route that answers this request; those of a closed route where there is none. */
export function factsOf(request: FastifyRequest): RouteFacts {
  return request.routeOptions.config.facts ?? CLOSED;
}

function fact(facts: RouteFacts): MethodDecorator {
  return applyDecorators(RouteConfig({ facts }));
}
