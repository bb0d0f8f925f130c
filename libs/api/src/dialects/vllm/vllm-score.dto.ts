import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { textOf, type DocumentInput } from '../../shared/document-input.js';
import { Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

export type ScoreInput = DocumentInput | readonly DocumentInput[];

/** Names of the two sides, in the order in which vLLM tries them. */
export const SCORE_SIDES = [
  ['queries', 'documents'],
  ['queries', 'items'],
  ['data_1', 'data_2'],
  ['text_1', 'text_2'],
] as const;

/** A text, or texts. */
function Side(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    ValidateBy({
      name: 'scoreInput',
      validator: {
        validate: isSide,
        defaultMessage: () => '$property must be a string or an array of at least one string',
      },
    }),
    ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
  );
}

function isSide(value: unknown): boolean {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  return texts.length > 0 && texts.every((text) => textOf(text) !== undefined);
}

/** `POST /score` and `/v1/score` of vLLM: one to one, one to many, or pairs. */
@Shows({
  model: { type: String },
  truncate_prompt_tokens: { type: 'integer', description: '-1: what the model holds.' },
  use_activation: { type: Boolean, default: true, description: 'False: logit(yes) − logit(no).' },
})
export class VllmScoreDto extends RerankOptionsDto {
  @Side() readonly queries?: ScoreInput;
  @Side() readonly documents?: ScoreInput;
  @Side() readonly items?: ScoreInput;
  @Side() readonly data_1?: ScoreInput;
  @Side() readonly data_2?: ScoreInput;
  @Side() readonly text_1?: ScoreInput;
  @Side() readonly text_2?: ScoreInput;
}
