import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { listOf, textOf, type DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';

/** `POST /v1/inference/{model}` of DeepInfra: a query for all documents, or one for each. */
@Shows({ instruction: { type: String, description: 'What makes a document relevant, in English.' } })
export class DeepInfraDto extends RerankOptionsDto {
  @ApiProperty({ type: 'array', items: { type: 'string' }, description: 'One, or as many as documents.' })
  @ValidateBy({
    name: 'queries',
    validator: {
      validate: (queries) => {
        const texts = listOf(queries as DocumentInput);
        return texts.length > 0 && texts.every((text) => /\S/u.test(textOf(text) ?? ''));
      },
      defaultMessage: () => '$property must be an array of strings that are not blank',
    },
  })
  readonly queries: DocumentInput | readonly DocumentInput[];

  @DocumentsField({ items: { type: 'string' } }) readonly documents: readonly DocumentInput[];
}
