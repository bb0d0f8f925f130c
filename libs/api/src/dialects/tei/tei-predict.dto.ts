import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

export type Pair = readonly [query: string, text: string];

const PAIR = { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 } as const;

/** `POST /predict` of text-embeddings-inference, for pairs: a reranker has nothing to say of a text alone. */
@Shows({ raw_scores: { type: Boolean, default: false }, truncate: { type: Boolean, default: true } })
export class TeiPredictDto extends RerankOptionsDto {
  @ApiProperty({ oneOf: [PAIR, { type: 'array', items: PAIR }], example: [['What is Python?', 'A language.']] })
  @ValidateBy({
    name: 'pairs',
    validator: {
      validate: (inputs) => isPair(inputs) || (Array.isArray(inputs) && inputs.length > 0 && inputs.every(isPair)),
      defaultMessage: () => '$property must be a pair of strings, query and text, or an array of such pairs',
    },
  })
  readonly inputs: Pair | readonly Pair[];
}

export function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2 && value.every((text) => typeof text === 'string');
}
