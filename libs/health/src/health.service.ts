import { Injectable } from '@nestjs/common';
import { KeysConfig, ModelConfig } from '#libs/config';
import {
  ModelService,
  percentOf,
  type Download,
  type EngineInformation,
  type LifecycleState,
  type ModelVerdict,
} from '#libs/model-service';

interface ProductFields {
  readonly library: string;
  /** Which of its kernels it took; null where it does not tell. */
  readonly kernels: string | null;
  readonly gflops: number;
  /** What the processor's vector units give. */
  readonly vector_gflops: number;
  /** What to do where that is more than twice as much; null where it is not. */
  readonly advice: string | null;
}

/** What is running; null until it is. */
interface EngineFields {
  readonly device: string | null;
  readonly backend: string | null;
  readonly backend_version: string | null;
  readonly dtype: string | null;
  readonly threads: number | null;
  readonly tokens_per_second: number | null;
  readonly max_batch_tokens: number | null;
  /** The library behind products on a CPU and its rate; null where none was measured. */
  readonly products: ProductFields | null;
  /** Why products are in the format of `dtype`, with the rates; null where it was not chosen by measuring. */
  readonly formats: string | null;
  /** Faster backends that did not come up, and why. */
  readonly passed_over: readonly string[];
}

interface DownloadFields {
  /** 0 to 100. */
  readonly percent: number;
  readonly received_bytes: number;
  /** 0 until the hub said. */
  readonly total_bytes: number;
  /** The process that downloads the same model while this one waits for it. */
  readonly waiting_for: string | null;
}

/** The fields of qwen3-reranker-api (Python), and what is running. */
export interface HealthReport extends EngineFields {
  readonly status: 'healthy' | 'unhealthy';
  readonly state: LifecycleState;
  readonly model: string;
  /** How most weights are stored, and `dtype` what they are served in; null until the files are read. */
  readonly stored_as: string | null;
  /** Part of the weights on the device, 0 to 1, while loading. */
  readonly loaded: number;
  /** How far the download of the files is; null where there is none. */
  readonly download: DownloadFields | null;
  readonly uptime_seconds: number;
  readonly engine_restarts: number;
  /** Whether it puts certain pairs in the right order; the reason where it does not. */
  readonly model_check: ModelVerdict;
  readonly authentication: { readonly required: boolean };
}

export interface StartupReport {
  readonly status: 'started' | 'starting';
  readonly phase: LifecycleState;
  /** Weights that are there while downloading, and then those that are on the device, 0 to 100. */
  readonly percent: number;
}

const NOTHING_YET: EngineFields = {
  device: null,
  backend: null,
  backend_version: null,
  dtype: null,
  threads: null,
  tokens_per_second: null,
  max_batch_tokens: null,
  products: null,
  formats: null,
  passed_over: [],
};

@Injectable()
export class HealthService {
  constructor(
    private readonly model: ModelService,
    private readonly config: ModelConfig,
    private readonly keys: KeysConfig,
  ) {}

  /** Seconds after which it is worth to ask again; undefined once the model is ready. */
  get retryAfterSeconds(): number | undefined {
    return this.model.state === 'ready' ? undefined : this.model.retryAfterSeconds;
  }

  startup(): StartupReport {
    const { state, loaded, hasStarted, download } = this.model;
    const percent = download === undefined ? Math.round(100 * loaded) : percentOf(download);
    return { status: hasStarted ? 'started' : 'starting', phase: state, percent: hasStarted ? 100 : percent };
  }

  report(): HealthReport {
    const { state, information, download, storedAs } = this.model;
    return {
      status: state === 'ready' ? 'healthy' : 'unhealthy',
      state,
      model: this.config.SERVED_MODEL_NAME,
      stored_as: storedAs ?? null,
      loaded: this.model.loaded,
      download: download === undefined ? null : downloadFields(download),
      uptime_seconds: Math.round(process.uptime()),
      ...(information === undefined ? NOTHING_YET : engineFields(information)),
      engine_restarts: this.model.restarts,
      model_check: this.model.verdict,
      authentication: { required: this.keys.REQUIRE_API_KEY },
    };
  }
}

function downloadFields(download: Download): DownloadFields {
  const { receivedBytes, totalBytes, waitingFor } = download;
  return {
    percent: percentOf(download),
    received_bytes: receivedBytes,
    total_bytes: totalBytes,
    waiting_for: waitingFor,
  };
}

function engineFields(information: EngineInformation): EngineFields {
  return {
    device: information.device,
    backend: information.backend,
    backend_version: information.version,
    dtype: information.dtype,
    threads: information.threads,
    tokens_per_second: Math.round(information.tokensPerSecond),
    max_batch_tokens: information.maxBatchTokens,
    products: information.products === undefined ? null : productFields(information.products),
    formats: information.formats ?? null,
    passed_over: information.passedOver,
  };
}

function productFields(products: NonNullable<EngineInformation['products']>): ProductFields {
  const { library, kernels = null, gflops, vectorGflops, advice = null } = products;
  return { library, kernels, gflops, vector_gflops: vectorGflops, advice };
}
