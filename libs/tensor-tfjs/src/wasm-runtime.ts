import { getBackend, setBackend, version_core as version } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { wasmForecast } from './memory-forecasts.js';
import type { TfjsRuntime } from './tfjs-runtime.js';

/** Brings up the WebAssembly backend. tfjs would fall back to another one without a word; this throws instead. */
export async function startWasm(): Promise<TfjsRuntime> {
  const came = await setBackend('wasm');
  if (!came || getBackend() !== 'wasm') {
    throw new Error(`the WebAssembly backend did not come up, tfjs offers ${getBackend()}`);
  }
  return {
    description: { backend: 'tfjs', version, device: 'cpu (WebAssembly)', dtype: 'f32', threads: 1 },
    forecast: wasmForecast,
  };
}
