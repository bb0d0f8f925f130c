import { Global, Module } from '@nestjs/common';
import { BATCH_OBSERVER, RERANK_OBSERVER } from '#libs/rerank';
import { BatchMetrics } from './batch-metrics.js';
import { EngineMetrics } from './engine-metrics.js';
import { Instruments } from './instruments.js';
import { MetricsController } from './metrics.controller.js';
import { RerankMetrics } from './rerank-metrics.js';

/** Stands behind the observer ports of the libraries that do the work. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    Instruments,
    EngineMetrics,
    { provide: RERANK_OBSERVER, useClass: RerankMetrics },
    { provide: BATCH_OBSERVER, useClass: BatchMetrics },
  ],
  exports: [RERANK_OBSERVER, BATCH_OBSERVER],
})
export class MetricsModule {}
