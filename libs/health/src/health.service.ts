import { Injectable } from '@nestjs/common';
import { AppConfig } from '#libs/config';
import { ModelService, type LifecycleState } from '#libs/model-service';

/** The seed service's fields, and what came up. */
export interface HealthReport {
  readonly status: 'healthy' | 'unhealthy';
  readonly state: LifecycleState;
  readonly model: string;
  /** Part of the weights on the device, 0 to 1, while loading. */
  readonly loaded: number;
  readonly uptime_seconds: number;
  readonly device: string | null;
  readonly backend: string | null;
  readonly backend_version: string | null;
  readonly dtype: string | null;
  readonly threads: number | null;
  readonly tokens_per_second: number | null;
  readonly max_batch_tokens: number | null;
  /** Faster backends that did not come up, and why. */
  readonly passed_over: readonly string[];
  readonly engine_restarts: number;
  readonly authentication: { readonly required: boolean };
}

@Injectable()
export class HealthService {
  constructor(
    private readonly model: ModelService,
    private readonly config: AppConfig,
  ) {}

  report(): HealthReport {
    const { state, information } = this.model;
    return {
      status: state === 'ready' ? 'healthy' : 'unhealthy',
      state,
      model: this.model.model.name,
      loaded: this.model.loaded,
      uptime_seconds: Math.round(process.uptime()),
      device: information?.device ?? null,
      backend: information?.backend ?? null,
      backend_version: information?.version ?? null,
      dtype: information?.dtype ?? null,
      threads: information?.threads ?? null,
      tokens_per_second: information === undefined ? null : Math.round(information.tokensPerSecond),
      max_batch_tokens: information?.maxBatchTokens ?? null,
      passed_over: information?.passedOver ?? [],
      engine_restarts: this.model.restarts,
      authentication: { required: this.config.REQUIRE_API_KEY },
    };
  }
}
