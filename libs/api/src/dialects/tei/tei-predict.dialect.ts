import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { Shows } from '../../shared/option-rules.js';
import { Pairing } from '../../shared/pairs.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, optionsOf } from '../../shared/rerank-options.js';
import { defineDialect } from '../dialect.js';
import { either, list, number, object, text } from '../schema.js';
import { teiErrors } from './tei.errors.js';

type Pair = readonly [query: string, text: string];

const PAIR = { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 } as const;

/** `POST /predict` of text-embeddings-inference, for pairs: a reranker has nothing to say of a text alone. */
@Shows({ raw_scores: { type: Boolean, default: false }, truncate: { type: Boolean, default: true } })
class TeiPredictDto extends RerankOptionsDto {
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

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'string');
}

const pairing = new Pairing(({ inputs }: TeiPredictDto) => {
  const pairs: readonly Pair[] = isPair(inputs) ? [inputs] : inputs;
  return { queries: pairs.map(([query]) => query), documents: pairs.map(([, document]) => document) };
});

const LABEL = 'LABEL_0';
const prediction = list(object({ score: number, label: text }));

/** `POST /predict` of text-embeddings-inference: per pair a list of labels, which has one here. */
export const teiPredict = defineDialect({
  name: 'tei-predict',
  mounts: ['/tei/predict', '/predict'],
  request: TeiPredictDto,
  answer: either(prediction, list(prediction)),
  ...teiErrors,
  toRequests: (body) => pairing.requests(body, optionsOf(body, LONG_QUERIES.longer)),
  toAnswer: (rankings, body) => {
    const predictions = pairing.scores(body, rankings).map((score) => [{ score, label: LABEL }]);
    return isPair(body.inputs) ? predictions[0]! : predictions;
  },
  example: {
    request: (query, texts) => ({ inputs: texts.map((each) => [query, each]) }),
    list: '',
    score: 'score',
    inOrder: true,
  },
});
