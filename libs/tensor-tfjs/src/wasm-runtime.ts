import { getBackend, setBackend, version_core as version } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

/** Brings up the WebAssembly backend. tfjs would fall back to another one without a word; this throws instead. */
export async function startWasm(): Promise<{ readonly version: string }> {
  const came = await setBackend('wasm');
  if (!came || getBackend() !== 'wasm') {
    throw new Error(`the WebAssembly backend did not come up, tfjs offers ${getBackend()}`);
  }
  return { version };
}
