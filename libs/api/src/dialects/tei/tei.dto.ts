import { ValidateBy, ValidateIf } from 'class-validator';
import type { DocumentInput } from '../../shared/document-input.js';
import { AnyQueryField, DocumentsField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** As TEI: of query and text, one has to hold something. */
function SomethingToRead(): PropertyDecorator {
  return ValidateBy({
    name: 'notBlank',
    validator: {
      validate: (query, args) => query !== '' || !textsOf(args?.object as TeiRerankDto).some((text) => text === ''),
      defaultMessage: () => '$property must not be empty where a text is',
    },
  });
}

function textsOf({ texts, documents }: TeiRerankDto): readonly unknown[] {
  const list: unknown = texts ?? documents;
  return Array.isArray(list) ? list : [];
}

/** `POST /rerank` of text-embeddings-inference. */
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
export class TeiRerankDto extends RerankOptionsDto {
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
