import { ValidateBy, ValidateIf } from 'class-validator';
import { readText, type DocumentInput } from '../../shared/document-input.js';
import { AnyQueryField, DocumentsField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { LONG_QUERIES, oneRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { integer, list, number, object, text } from '../schema.js';
import { ANY_RERANK } from '../shared-paths.js';
import { hasListOnly } from '../signs.js';
import { teiErrors } from './tei.errors.js';

/** As TEI: of query and text, one has to hold something. */
function SomethingToRead(): PropertyDecorator {
  return ValidateBy({
    name: 'notBlank',
    validator: {
      validate: (query, args) => query !== '' || !givenTexts(args?.object as TeiRerankDto).some((each) => each === ''),
      defaultMessage: () => '$property must not be empty where a text is',
    },
  });
}

function givenTexts(body: TeiRerankDto): readonly unknown[] {
  const given: unknown = textsOf(body);
  return Array.isArray(given) ? given : [];
}

@Shows({
  raw_scores: {
    type: Boolean,
    default: false,
    description: 'Answer logit(yes) − logit(no) instead of the probability.',
  },
  return_text: { type: Boolean, default: false },
  truncate: { type: Boolean, default: true, description: 'False: a text that is too long is an error.' },
  truncation_direction: { enum: ['Left', 'Right'], default: 'Right' },
})
class TeiRerankDto extends RerankOptionsDto {
  /** May be blank, as TEI has it; a pair of two blank texts is refused. */
  @AnyQueryField() @SomethingToRead() readonly query: string;

  @ValidateIf(({ texts, documents }: TeiRerankDto) => texts !== undefined || documents === undefined)
  @DocumentsField({ items: { type: 'string' } })
  readonly texts?: readonly DocumentInput[];

  /** Elasticsearch's `hugging_face` service sends this name, and reads TEI's answer. */
  @ValidateIf(({ texts }: TeiRerankDto) => texts === undefined)
  @DocumentsField({ required: false, description: 'Another name of texts.' })
  readonly documents?: readonly DocumentInput[];
}

/** `POST /rerank` of text-embeddings-inference. Its clients read `error` as a string, also where the path is shared. */
export const tei = defineDialect({
  name: 'tei',
  mounts: ['/tei/rerank', '/tei', ...ANY_RERANK],
  probes: ['/tei/tokenize', '/tei/info'],
  matches: hasListOnly('texts'),
  request: TeiRerankDto,
  answer: list(object({ index: integer, score: number }, { text })),
  ...teiErrors,
  /** TEI has no `top_n`, so its clients send none; LiteLLM does, and means it. */
  toRequests: ({ texts, documents, ...body }) =>
    oneRequest(LONG_QUERIES.longer)({ ...body, documents: texts ?? documents! }),
  toAnswer: ([ranking], body) => {
    const texts = textsOf(body);
    const score = scoreOf(body);
    const shown = wantsDocuments(body) === true;
    return ranking.ranked.map((document) => ({
      index: document.index,
      ...(shown && { text: readText(texts[document.index]!)! }),
      score: score(document),
    }));
  },
  example: {
    request: (query, texts) => ({ query, texts }),
    list: '',
    score: 'score',
    code: { title: 'Text Embeddings Inference' },
  },
});

function textsOf({ texts, documents }: TeiRerankDto): readonly DocumentInput[] {
  return texts ?? documents!;
}
