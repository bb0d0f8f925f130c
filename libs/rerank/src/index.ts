export { PromptTemplate } from './prompt-template.js';
export type { Pieces } from '#libs/tokenizer';
export type { PromptIds, PromptTexts } from './prompt-template.js';
export { documentLimit, fitDocuments } from './truncation.js';
export { textKey } from './ranking.js';
export { BATCH_OBSERVER, type QueueObserver } from './document-scorer.js';
export { RERANK_OBSERVER, type RerankObserver } from './rerank-observer.js';
export { InvalidRequestError, RerankError, type Fault } from './rerank-errors.js';
export { RerankingModule } from './rerank.module.js';
export type {
  LongDocuments,
  LongQuery,
  RankedDocument,
  Ranking,
  RerankRequest,
  TokenLimits,
} from './rerank-request.js';
export { RerankService, type Caller } from './rerank.service.js';
export { findSpans, sentenceScores, windowsOf, type RelevantSpan, type SpanOptions } from './spans/find-spans.js';
export { sentencesOf } from './spans/sentences.js';
export { totalsOf, type Totals } from './totals.js';
export { WorkAdmission } from './work-admission.js';
