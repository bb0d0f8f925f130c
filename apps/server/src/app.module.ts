import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '#libs/api';
import { ConfigModule, type AppConfig } from '#libs/config';
import { HealthModule } from '#libs/health';
import { MetricsModule } from '#libs/metrics';
import { MODEL_SOURCE, ModelService, type ModelSource } from '#libs/model-service';
import { RerankingModule } from '#libs/rerank';
import { AdminListener } from './admin-listener.js';

/** The model and what stands behind it, injected by health, metrics and reranking. */
@Global()
@Module({})
class ModelModule {
  static from(source: ModelSource): DynamicModule {
    return {
      module: ModelModule,
      providers: [{ provide: MODEL_SOURCE, useValue: source }, ModelService],
      exports: [ModelService],
    };
  }
}

/** Composition root: the one place that says what the server is made of. */
@Module({
  imports: [MetricsModule, RerankingModule, HealthModule, ApiModule],
  providers: [AdminListener],
})
export class AppModule {
  static forRoot(config: AppConfig, source: ModelSource): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.forRoot(config), ModelModule.from(source)] };
  }
}
