import { IsObject, IsOptional } from 'class-validator';
import { RelevantSpans, type RelevantSpansInput } from './relevant-spans.js';
import { AnyNumber, Count, Flag, LOWEST_PRIORITY, OneOf, Text, Texts } from './option-rules.js';

type Whole = number;
type Switch = boolean | 'true' | 'false';
type Word = string;

/**
 * Every option under every name that a client gives it. A dialect's class shows those of its vendor in
 * the description and takes the others too: clients send what their users type.
 */
export abstract class RerankOptionsDto {
  @Text() readonly model?: Word;

  @Count(0) readonly top_n?: Whole;
  @Count(0) readonly topN?: Whole;
  @Count(0) readonly top_k?: Whole;
  @Count(0) readonly topK?: Whole;

  @AnyNumber() readonly min_score?: number;
  @AnyNumber() readonly score_threshold?: number;

  @Count(0, LOWEST_PRIORITY) readonly priority?: Whole;

  @RelevantSpans() readonly relevant_spans?: RelevantSpansInput | null;
  @Flag() readonly spans?: Switch;

  @Flag() readonly return_documents?: Switch;
  @Flag() readonly returnDocuments?: Switch;
  @Flag() readonly return_text?: Switch;
  @Flag() readonly return_input?: Switch;

  @Flag() readonly return_details?: Switch;

  @Text() readonly instruction?: Word;
  @Text() readonly instruct?: Word;
  @IsOptional()
  @IsObject({ message: '$property must be an object' })
  readonly chat_template_kwargs?: { readonly instruction?: unknown; readonly instruct?: unknown };

  @Flag() readonly raw_scores?: Switch;
  @Flag() readonly use_activation?: Switch;
  @Flag() readonly activation?: Switch;
  @Flag() readonly softmax?: Switch;

  @Count(0) readonly max_tokens_per_doc?: Whole;
  @Count(0) readonly maxTokensPerDoc?: Whole;
  @Count(0) readonly max_doc_length?: Whole;
  @Count(0) readonly max_tokens_per_query?: Whole;
  @Count(-1) readonly truncate_prompt_tokens?: Whole;

  @OneOf('left', 'right', 'Left', 'Right') readonly truncation_side?: Word;
  @OneOf('left', 'right', 'Left', 'Right') readonly truncation_direction?: Word;
  @OneOf(true, false, 'true', 'false', 'NONE', 'START', 'END') readonly truncate?: boolean | Word;
  @Flag() readonly truncation?: Switch;

  @OneOf('truncate', 'chunk', 'error') readonly long_documents?: Word;
  @Count(0) readonly max_chunks_per_doc?: Whole;
  @Count(0) readonly overlap_tokens?: Whole;
  @Count(0) readonly overlap_sentences?: Whole;

  @Texts() readonly rank_fields?: readonly string[];
}
