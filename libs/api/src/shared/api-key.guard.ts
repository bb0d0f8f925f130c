import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppConfig } from '#libs/config';

/** Probes must answer without a key: an orchestrator has none. */
const OPEN_PATHS = /^\/(health(\/|$)|ping$)/u;
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
    const given = keyOf(request);
    if (given !== undefined && this.matches(digest(given))) return true;
    throw new UnauthorizedException(
      'invalid or missing API key: send "Authorization: Bearer <key>" or "X-API-Key: <key>"',
    );
  }

  private needsKey(request: FastifyRequest): boolean {
    const [path = ''] = request.url.split('?');
    if (path === METRICS_PATH) return this.config.METRICS_REQUIRE_API_KEY;
    return this.config.REQUIRE_API_KEY && !OPEN_PATHS.test(path);
  }

  /** Compares with every key, so that the time taken says nothing about which one came close. */
  private matches(given: Buffer): boolean {
    return this.digests.filter((expected) => timingSafeEqual(expected, given)).length > 0;
  }
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const bearer = /^bearer +(?<key>\S.*)$/iu.exec(headers.authorization ?? '')?.groups?.['key'];
  const apiKey = headers['x-api-key'];
  return bearer ?? (typeof apiKey === 'string' ? apiKey : undefined);
}

/** Equal lengths for the comparison, whatever was sent. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
