import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The OpenAPI page at /docs and its document at /docs-json. Loaded on demand: it costs half a second of start-up. */
export async function serveDocs(app: NestFastifyApplication): Promise<void> {
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const description = new DocumentBuilder()
    .setTitle('Qwen3 Reranker')
    .setDescription('Relevance scores of documents for a query, by a Qwen3-Reranker model.')
    .setVersion('0.1.0')
    .addBearerAuth()
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' })
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description));
}
