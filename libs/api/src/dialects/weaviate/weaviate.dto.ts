import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { DocumentsField, QueryField } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /rerank` of Weaviate's reranker-transformers. */
export class WeaviateRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly string[];

  @ApiPropertyOptional({ type: String, description: 'Of the object that is ranked; not read.' })
  @IsOptional()
  @IsString({ message: '$property must be a string' })
  readonly property?: string;
}
