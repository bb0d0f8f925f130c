import { IsObject, IsOptional } from 'class-validator';
import type { DocumentInput, QueryInput } from './document-input.js';
import { RelevantSpans, type RelevantSpansInput } from './relevant-spans.js';
import {
  ChoiceField,
  CountField,
  DocumentsField,
  LOWEST_PRIORITY,
  NumberField,
  QueryField,
  SwitchField,
  RankFieldsField,
  TextField,
} from './option-rules.js';

type Whole = number;
type Switch = boolean | 'true' | 'false';
type Word = string;

/**
 * Every option under every name that a client gives it. A dialect's class shows those of its vendor in
 * the description and takes the others too: clients send what their users type.
 */
export abstract class RerankOptionsDto {
  @TextField() readonly model?: Word;

  @CountField(0) readonly top_n?: Whole;
  @CountField(0) readonly topN?: Whole;
  @CountField(0) readonly top_k?: Whole;
  @CountField(0) readonly topK?: Whole;

  @NumberField() readonly min_score?: number;
  @NumberField() readonly score_threshold?: number;

  @CountField(0, LOWEST_PRIORITY) readonly priority?: Whole;

  @RelevantSpans() readonly relevant_spans?: RelevantSpansInput | null;
  @SwitchField() readonly spans?: Switch;

  @SwitchField() readonly return_documents?: Switch;
  @SwitchField() readonly returnDocuments?: Switch;
  @SwitchField() readonly return_text?: Switch;
  @SwitchField() readonly return_input?: Switch;

  @SwitchField() readonly return_details?: Switch;

  @TextField() readonly instruction?: Word;
  @TextField() readonly instruct?: Word;
  @IsOptional()
  @IsObject({ message: '$property must be an object' })
  readonly chat_template_kwargs?: { readonly instruction?: unknown; readonly instruct?: unknown };

  @SwitchField() readonly raw_scores?: Switch;
  @SwitchField() readonly use_activation?: Switch;
  @SwitchField() readonly activation?: Switch;
  @SwitchField() readonly softmax?: Switch;

  @CountField(0) readonly max_tokens_per_doc?: Whole;
  @CountField(0) readonly maxTokensPerDoc?: Whole;
  @CountField(0) readonly max_doc_length?: Whole;
  @CountField(0) readonly max_tokens_per_query?: Whole;
  @CountField(-1) readonly truncate_prompt_tokens?: Whole;

  @ChoiceField('left', 'right', 'Left', 'Right') readonly truncation_side?: Word;
  @ChoiceField('left', 'right', 'Left', 'Right') readonly truncation_direction?: Word;
  @ChoiceField(true, false, 'true', 'false', 'NONE', 'START', 'END') readonly truncate?: boolean | Word;
  @SwitchField() readonly truncation?: Switch;

  @ChoiceField('truncate', 'chunk', 'error') readonly long_documents?: Word;
  @CountField(0) readonly max_chunks_per_doc?: Whole;
  @CountField(0) readonly overlap_tokens?: Whole;
  @CountField(0) readonly overlap_sentences?: Whole;

  @RankFieldsField() readonly rank_fields?: readonly string[];
}

/** One query with its documents and the options beside them, as most APIs have them. */
export abstract class OneQueryDto extends RerankOptionsDto {
  @QueryField() readonly query: QueryInput;

  @DocumentsField() readonly documents: readonly DocumentInput[];
}
