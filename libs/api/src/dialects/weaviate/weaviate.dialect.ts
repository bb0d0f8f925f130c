import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { readText } from '../../shared/document-input.js';
import { DocumentsField, QueryField } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { everyDocument, LONG_QUERIES, oneRequest } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { list, number, object, text } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { allOf, hasList, hasText } from '../signs.js';

class WeaviateRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly string[];

  @ApiPropertyOptional({ type: String, description: 'Of the object that is ranked; not read.' })
  @IsOptional()
  @IsString({ message: '$property must be a string' })
  readonly property?: string;
}

/** `POST /rerank` of Weaviate's reranker-transformers: scores in the order of the documents. */
export const weaviate = defineDialect({
  name: 'weaviate',
  mounts: ['/weaviate/rerank', ...ANY_RERANK],
  // Its client always sends the name of the property, also an empty one.
  matches: allOf(hasText('property'), hasList('documents')),
  request: WeaviateRerankDto,
  answer: object({ query: text, scores: list(object({ document: text, score: number })) }, { property: text }),
  error: object({ error: text }),
  toRequests: (body) => [everyDocument(...oneRequest(LONG_QUERIES.longer)(body))],
  toAnswer: ([ranking], body) => {
    const score = scoreOf(body);
    const scores = ranking.ranked
      .toSorted((a, b) => a.index - b.index)
      .map((document) => ({ document: readText(body.documents[document.index]!)!, score: score(document) }));
    return { query: body.query, scores, property: body.property ?? '' };
  },
  toError: ({ message, status }) => ({ status, body: { error: message } }),
  example: {
    request: (query, documents) => ({ query, documents, property: '' }),
    list: 'scores',
    score: 'score',
    inOrder: true,
  },
});
