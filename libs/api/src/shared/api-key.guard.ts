import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, AppConfig } from '#libs/config';

/** Probes must answer without a key: an orchestrator has none. Xinference's clients ask there whether to send one. */
const OPEN_PATHS = /^\/((v1\/)?health(\/|$)|ping$|v1\/cluster\/auth$)/u;
const METRICS_PATH = '/metrics';

@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly keys: ApiKeys,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.admits(context.switchToHttp().getRequest<FastifyRequest>())) return true;
    throw new UnauthorizedException(
      'invalid or missing API key: send "Authorization: Bearer <key>" or "X-API-Key: <key>"',
    );
  }

  admits(request: FastifyRequest): boolean {
    return !this.needsKey(request) || keysOf(request).some((key) => this.keys.has(key));
  }

  private needsKey(request: FastifyRequest): boolean {
    // The route's pattern: what the caller wrote may have other spellings of the same path.
    const path = request.routeOptions.url ?? '';
    if (path === METRICS_PATH) return this.config.METRICS_REQUIRE_API_KEY;
    return this.config.REQUIRE_API_KEY && !OPEN_PATHS.test(path);
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
