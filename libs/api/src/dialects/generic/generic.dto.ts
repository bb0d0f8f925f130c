import { PRIORITY, RANK_FIELDS, Shows } from '../../shared/option-rules.js';
import { RELEVANT_SPANS } from '../../shared/relevant-spans.js';
import { OneQueryDto } from '../../shared/rerank-options.dto.js';

/** What may come at a path that several vendors' clients share. */
@Shows({
  model: { type: String, description: 'Echoed; this server has one model.' },
  top_n: { type: 'integer', description: 'Answer the best ones only. 0, or more than there are documents: all.' },
  min_score: { type: 'number', description: 'Answer no document with a lower score. Also: score_threshold.' },
  priority: PRIORITY,
  relevant_spans: RELEVANT_SPANS,
  spans: { type: Boolean, description: 'Short for relevant_spans: {"mode": "enabled"}.' },
  return_documents: { type: Boolean, description: 'Show the document in each result.' },
  return_details: {
    type: Boolean,
    description: 'Answer tokens, truncation and timing too, and what was computed once.',
  },
  instruction: { type: String, description: 'What makes a document relevant, in English. Also: instruct.' },
  raw_scores: { type: Boolean, description: 'Answer logit(yes) − logit(no) instead of the probability.' },
  rank_fields: { ...RANK_FIELDS, description: `${RANK_FIELDS.description} Without: text, else every key.` },
  max_tokens_per_doc: {
    type: 'integer',
    description: 'Most tokens of a document (or of a window); the rest is cut. 0: no limit.',
  },
  max_tokens_per_query: { type: 'integer', description: 'Most tokens of the query; the rest is cut. 0: no limit.' },
  truncate_prompt_tokens: {
    type: 'integer',
    description: 'Most tokens of a whole prompt. -1: what the model can hold.',
  },
  truncation: { type: Boolean, description: 'False: a document that is too long is an error instead of being cut.' },
  long_documents: {
    enum: ['truncate', 'chunk', 'error'],
    description: 'What happens to a document that is too long: cut, read in windows of which the best counts, refused.',
  },
  max_chunks_per_doc: { type: 'integer', description: 'Above 1: read long documents in at most this many windows.' },
  overlap_tokens: {
    type: 'integer',
    default: 64,
    description: 'Tokens that two windows share, at most half a window.',
  },
  overlap_sentences: {
    type: 'integer',
    description:
      'Windows of whole sentences that share this many, at most half a window; overlap_tokens does not count then.',
  },
})
export class RerankDto extends OneQueryDto {}
