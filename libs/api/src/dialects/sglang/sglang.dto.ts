import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, IsArray, IsBoolean, IsInt, IsOptional } from 'class-validator';
import type { DocumentInput, QueryInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /v1/rerank` of SGLang. */
@Shows({
  instruct: { type: String },
  top_n: { type: 'integer' },
  return_documents: { type: Boolean, default: true },
})
export class SglangRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: QueryInput;

  @DocumentsField() readonly documents: readonly DocumentInput[];
}

/** `POST /v1/score` of SGLang, how its users ask a Qwen3-Reranker for yes and no. */
export class SglangScoreDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly items: readonly DocumentInput[];

  @ApiProperty({ type: 'array', items: { type: 'integer' }, description: 'The ids of yes and no, in any order.' })
  @IsInt({ each: true, message: '$property must be an array of token ids' })
  @ArrayNotEmpty({ message: '$property must be an array of token ids' })
  @IsArray({ message: '$property must be an array of token ids' })
  readonly label_token_ids: readonly number[];

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Not needed: the probabilities sum to 1.' })
  @IsOptional()
  @IsBoolean({ message: '$property must be true or false' })
  readonly apply_softmax?: boolean;
}
