import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString } from 'class-validator';
import { Shows } from '../../shared/option-rules.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { objectResults, withObjects } from '../../shared/results.js';
import { validBody } from '../../shared/validation.js';
import { defineDialect } from '../dialect.js';
import { RerankDto } from '../generic/generic.dto.js';
import { superset } from '../generic/superset.js';
import { integer, object, text } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { hasObjectOnly } from '../signs.js';

const TEXTS = { type: 'array', items: { type: 'string' } } as const;

/** `POST …/services/rerank/text-rerank/text-rerank` of DashScope. What the objects hold is checked as a flat body is. */
class DashscopeRerankDto {
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString({ message: '$property must be a string' })
  readonly model?: string;

  @ApiProperty({
    type: 'object',
    properties: { query: { type: 'string' }, documents: TEXTS },
    required: ['query', 'documents'],
  })
  @IsObject({ message: '$property must be an object with query and documents' })
  readonly input: object;

  @ApiPropertyOptional({
    type: 'object',
    properties: { top_n: { type: 'integer' }, return_documents: { type: 'boolean' }, instruct: { type: 'string' } },
  })
  @IsOptional()
  @IsObject({ message: '$property must be an object' })
  readonly parameters?: object;
}

/** `POST /v1/reranks` of DashScope, in the format of OpenAI's API. */
@Shows({ model: { type: String }, top_n: { type: 'integer' }, instruct: { type: String } })
class DashscopeFlatDto extends RerankDto {}

/** `POST /api/v1/services/rerank/text-rerank/text-rerank` of DashScope, the API of Qwen's own hosted rerankers. */
export const dashscope = defineDialect({
  name: 'dashscope',
  mounts: [
    '/dashscope/api/v1/services/rerank/text-rerank/text-rerank',
    '/api/v1/services/rerank/text-rerank/text-rerank',
  ],
  request: DashscopeRerankDto,
  answer: object({
    output: object({ results: objectResults }),
    usage: object({ total_tokens: integer }),
    request_id: text,
  }),
  error: object({ code: text, message: text, request_id: text }),
  toRequests: (body) => oneRequest(LONG_QUERIES.half)(flatBody(body)),
  toAnswer: ([ranking], body, { requestId }) => {
    const flat = flatBody(body);
    return {
      output: { results: withObjects(ranking, flat.documents, flat, wantsDocuments(flat) === true) },
      usage: { total_tokens: ranking.promptTokens },
      request_id: requestId,
    };
  },
  toError: ({ message, status }, id) => ({
    status,
    body: { code: CODES[status] ?? 'InternalError', message, request_id: id },
  }),
  example: {
    request: (query, documents) => ({ model: 'qwen3-rerank', input: { query, documents } }),
    list: 'output.results',
    code: { title: 'DashScope' },
  },
});

/** The same, from a client whose URL is a path that others call too. */
export const dashscopeShared = defineDialect({
  ...dashscope,
  mounts: [...ANY_RERANK],
  matches: hasObjectOnly('input', 'documents'),
  example: { ...dashscope.example, code: undefined },
});

/** `POST /compatible-api/v1/reranks`, in the format of OpenAI's API. */
export const dashscopeFlat = defineDialect({
  ...superset({ returnDocuments: false, data: 'never', object: 'list' }),
  name: dashscope.name,
  mounts: [
    '/dashscope/compatible-api/v1/reranks',
    '/dashscope/compatible-mode/v1/reranks',
    '/dashscope/v1/reranks',
    '/compatible-api/v1/reranks',
    '/v1/reranks',
  ],
  request: DashscopeFlatDto,
  example: {
    request: (query, documents) => ({ model: 'qwen3-rerank', query, documents }),
    code: { title: 'DashScope, OpenAI-compatible', instruction: 'instruct' },
  },
});

const CODES: Readonly<Record<number, string>> = {
  400: 'InvalidParameter',
  401: 'InvalidApiKey',
  413: 'InvalidParameter',
  422: 'InvalidParameter',
  429: 'Throttling',
  503: 'ServiceUnavailable',
};

function flatBody({ model, input, parameters }: DashscopeRerankDto): RerankDto {
  return validBody(RerankDto, { ...parameters, ...input, ...(model !== undefined && { model }) });
}
