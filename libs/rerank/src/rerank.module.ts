import { Module } from '@nestjs/common';
import { DynamicBatcher } from './dynamic-batcher.js';
import { ModelCheck } from './model-check.js';
import { PromptAssembler } from './prompt-assembler.js';
import { RerankService } from './rerank.service.js';

/** Needs from the global modules: configuration, ModelService, the tokenizers, and the observers that metrics supplies. */
@Module({
  providers: [RerankService, PromptAssembler, DynamicBatcher, ModelCheck],
  exports: [RerankService],
})
export class RerankingModule {}
