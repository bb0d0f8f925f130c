import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppConfig } from '#libs/config';

/** Probes must answer without a key: an orchestrator has none. */
const OPEN_PATHS = /^\/((v1\/)?health(\/|$)|ping$)/u;
const METRICS_PATH = '/metrics';

@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly digests: readonly Buffer[];

  constructor(private readonly config: AppConfig) {
    this.digests = config.API_KEY.map((key) => digest(key));
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!this.needsKey(request)) return true;
    if (keysOf(request).some((key) => this.matches(digest(key)))) return true;
    throw new UnauthorizedException(
      'invalid or missing API key: send "Authorization: Bearer <key>" or "X-API-Key: <key>"',
    );
  }

  private needsKey(request: FastifyRequest): boolean {
    // The route's pattern: what the caller wrote may have other spellings of the same path.
    const path = request.routeOptions.url ?? '';
    if (path === METRICS_PATH) return this.config.METRICS_REQUIRE_API_KEY;
    return this.config.REQUIRE_API_KEY && !OPEN_PATHS.test(path);
  }

  /** Compares with every key, so that the time taken says nothing about which one came close. */
  private matches(given: Buffer): boolean {
    return this.digests.filter((expected) => timingSafeEqual(expected, given)).length > 0;
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

/** Equal lengths for the comparison, whatever was sent. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
