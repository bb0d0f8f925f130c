import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { describeApi } from '#libs/api';
import type { FastifyReply } from 'fastify';

/** The OpenAPI page at /docs and its document at /openapi.json, made when first asked for. */
export function serveDocs(app: NestFastifyApplication): void {
  let document: ReturnType<typeof describeApi> | undefined;
  const described = () => (document ??= describeApi(app));
  SwaggerModule.setup('docs', app, described, { raw: false });
  let text: string | undefined; // Nest's own route would write it anew for every request, some milliseconds each.
  app.getHttpAdapter().get('/openapi.json', (_request: unknown, reply: FastifyReply) => {
    text ??= JSON.stringify(described());
    return reply.type('application/json').send(text);
  });
}
