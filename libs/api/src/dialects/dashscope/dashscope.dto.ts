import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString } from 'class-validator';
import { RerankDto } from '../generic/generic.dto.js';
import { Shows } from '../../shared/option-rules.js';

const TEXTS = { type: 'array', items: { type: 'string' } } as const;

/** `POST …/services/rerank/text-rerank/text-rerank` of DashScope. What the objects hold is checked as a flat body is. */
export class DashscopeRerankDto {
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
export class DashscopeFlatDto extends RerankDto {}
