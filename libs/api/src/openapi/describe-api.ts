import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { toOpenApi31 } from './openapi-31.js';
import { withPathParameters } from './path-parameters.js';
import { bodyClasses, rerankPaths } from './rerank-paths.js';
import { withSecurity } from './security.js';
import { VERSION } from '../shared/version.js';

/** The OpenAPI document of every path this server has. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Qwen3 Reranker')
    .setDescription(
      'Relevance scores of documents for a query, by a Qwen3-Reranker model, in the format of every rerank API. On paths ' +
        'that several APIs share, the request says which one it speaks.',
    )
    .setVersion(VERSION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addBearerAuth()
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api-key')
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('api-key')
    .addTag('rerank')
    .addTag('information')
    .addTag('health')
    .addTag('metrics')
    .build();
  const document = SwaggerModule.createDocument(app, description, { extraModels: bodyClasses() });
  const { routeTable } = app.getHttpAdapter().getInstance();
  const paths = withPathParameters({ ...rerankPaths(), ...document.paths });
  return toOpenApi31({ ...document, paths: withSecurity(paths, routeTable) });
}
