import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { ApiModule } from '#libs/api';
import { ConfigModule, type AppConfig } from '#libs/config';
import { HealthModule } from '#libs/health';
import { MetricsModule } from '#libs/metrics';
import { ENGINE_LAUNCHES, ModelService, SERVED_MODEL } from '#libs/model-service';
import { RerankingModule } from '#libs/rerank';
import { TokenizerPool } from '#libs/tokenizer';
import { AdminListener } from './admin-listener.js';
import { modelProviders } from './model.providers.js';

/** The model and what stands behind it, injected by health, metrics and reranking. */
@Global()
@Module({
  providers: [...modelProviders, ModelService],
  exports: [ModelService, SERVED_MODEL, ENGINE_LAUNCHES, TokenizerPool],
})
class ModelModule implements OnApplicationShutdown {
  constructor(private readonly tokenizers: TokenizerPool) {}

  /** After the last request: the queue was drained before. */
  onApplicationShutdown(): Promise<void> {
    return this.tokenizers.close();
  }
}

/** Composition root: the one place that says what the server is made of. */
@Module({
  imports: [ModelModule, MetricsModule, RerankingModule, HealthModule, ApiModule],
  providers: [AdminListener],
})
export class AppModule {
  static forRoot(config: AppConfig): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.forRoot(config)] };
  }
}
