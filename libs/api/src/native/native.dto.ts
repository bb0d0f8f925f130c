import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Min,
  Validate,
} from 'class-validator';
import { DocumentInputRule, type DocumentInput } from '../shared/document-input.js';

// Of several rules on a field, the one next to it is checked first, and its message is the one that is answered.
export class NativeRerankDto {
  @ApiProperty({ example: 'What is machine learning?' })
  @Matches(/\S/u, { message: 'query must not be blank' })
  @IsString({ message: 'query must be a string' })
  readonly query: string;

  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'object', properties: { text: { type: 'string' } } }] },
    example: ['Machine learning is a subset of artificial intelligence.', 'Python is a programming language.'],
  })
  @Validate(DocumentInputRule)
  @ArrayNotEmpty({ message: 'documents must hold at least one document' })
  @IsArray({ message: 'documents must be an array of strings or of objects with a text' })
  readonly documents: DocumentInput[];

  @ApiPropertyOptional({ type: Number, minimum: 1, nullable: true, description: 'Above the number of documents: all.' })
  @IsOptional()
  @Min(1, { message: 'top_n must be at least 1' })
  @IsInt({ message: 'top_n must be an integer' })
  readonly top_n?: number | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'What makes a document relevant, in English.' })
  @IsOptional()
  @IsString({ message: 'instruction must be a string' })
  readonly instruction?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Another name of instruction.' })
  @IsOptional()
  @IsString({ message: 'instruct must be a string' })
  readonly instruct?: string | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Answer logit(yes) − logit(no) instead of the probability.',
  })
  @IsOptional()
  @IsBoolean({ message: 'raw_scores must be true or false' })
  readonly raw_scores?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean({ message: 'return_documents must be true or false' })
  readonly return_documents?: boolean | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: 'Answer tokens, truncation and timing too, and what was computed once.',
  })
  @IsOptional()
  @IsBoolean({ message: 'return_details must be true or false' })
  readonly return_details?: boolean | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Echoed; this server has one model.' })
  @IsOptional()
  @IsString({ message: 'model must be a string' })
  readonly model?: string | null;
}
