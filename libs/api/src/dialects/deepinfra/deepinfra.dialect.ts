import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { listOf, textOf, type DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, Shows } from '../../shared/option-rules.js';
import { Pairing } from '../../shared/pairs.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { optionsOf } from '../../shared/rerank-options.js';
import { defineDialect } from '../dialect.js';
import { integer, list, number, object, text } from '../schema.js';

/** `POST /v1/inference/{model}` of DeepInfra: a query for all documents, or one for each. */
@Shows({ instruction: { type: String, description: 'What makes a document relevant, in English.' } })
class DeepInfraDto extends RerankOptionsDto {
  @ApiProperty({ type: 'array', items: { type: 'string' }, description: 'One, or as many as documents.' })
  @ValidateBy({
    name: 'queries',
    validator: {
      validate: (queries) => {
        const texts = listOf(queries as DocumentInput);
        return texts.length > 0 && texts.every((each) => /\S/u.test(textOf(each) ?? ''));
      },
      defaultMessage: () => '$property must be an array of strings that are not blank',
    },
  })
  readonly queries: DocumentInput | readonly DocumentInput[];

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly DocumentInput[];
}

const pairing = new Pairing(({ queries, documents }: DeepInfraDto) => ({ queries: listOf(queries), documents }));

/** `POST /v1/inference/{vendor}/{model}` of DeepInfra: scores in the order of the documents. */
export const deepInfra = defineDialect({
  name: 'deepinfra',
  mounts: [
    '/deepinfra/v1/inference/:vendor/:model',
    '/deepinfra/v1/inference/:model',
    '/v1/inference/:vendor/:model',
    '/v1/inference/:model',
  ],
  request: DeepInfraDto,
  answer: object({
    scores: list(number),
    input_tokens: integer,
    request_id: text,
    inference_status: object({ status: text, runtime_ms: integer, cost: number, tokens_input: integer }),
  }),
  toRequests: (body) => pairing.requests(body, optionsOf(body)),
  toAnswer: (rankings, body, { requestId }) => {
    const tokens = rankings.reduce((total, { promptTokens }) => total + promptTokens, 0);
    const seconds = rankings.reduce((most, { timing }) => Math.max(most, timing.computeSeconds), 0);
    return {
      scores: pairing.scores(body, rankings),
      input_tokens: tokens,
      request_id: requestId,
      inference_status: { status: 'succeeded', runtime_ms: Math.round(seconds * 1000), cost: 0, tokens_input: tokens },
    };
  },
  example: {
    request: (query, documents) => ({ queries: [query], documents }),
    list: 'scores',
    score: '',
    inOrder: true,
  },
});
