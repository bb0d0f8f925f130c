import type { BackendDescription, MemoryForecast, MemoryNeed } from '#libs/tensor';

/** What runs tfjs's kernels. */
export interface TfjsRuntime {
  readonly description: BackendDescription;
  forecast(need: MemoryNeed): MemoryForecast;
}
