import { Module } from '@nestjs/common';
import { batcherProvider, documentScorerProvider } from './document-scorer.js';
import { ModelCheck } from './model-check.js';
import { PromptAssembler } from './prompt-assembler.js';
import { RerankService } from './rerank.service.js';
import { WorkAdmission } from './work-admission.js';

/** Needs from the global modules: configuration, ModelService, the tokenizers, and the observers that metrics supplies. */
@Module({
  providers: [RerankService, PromptAssembler, WorkAdmission, batcherProvider, documentScorerProvider, ModelCheck],
  exports: [RerankService, WorkAdmission],
})
export class RerankingModule {}
