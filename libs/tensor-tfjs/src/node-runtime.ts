import { backend, getBackend, version_core as version } from '@tensorflow/tfjs-core';
import { tensorflowForecast } from './memory-forecasts.js';
import type { TfjsRuntime } from './tfjs-runtime.js';
import { restoreRemovedFunctions } from './util-shim.js';

/** Of tfjs-node's backend object, what its types leave out. */
interface TensorflowBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/**
 * Brings up TensorFlow through @tensorflow/tfjs-node or -gpu, which the user installs: neither is a dependency of this
 * server. Throws when it is not there, does not load, or finds no GPU where it should.
 */
export async function startTensorflow({ gpu, threads }: { gpu: boolean; threads: number }): Promise<TfjsRuntime> {
  const name = gpu ? 'tfjs-node-gpu' : 'tfjs-node';
  await load(`@tensorflow/${name}`, gpu);
  // With a tfjs-core of its own the package would have registered itself there.
  if (getBackend() !== 'tensorflow') {
    throw new Error(`@tensorflow/${name} brought another tfjs-core than ${version}: install the same version of it`);
  }
  const { isUsingGpuDevice, binding } = backend() as unknown as TensorflowBackend;
  if (gpu && !isUsingGpuDevice) throw new Error(`TensorFlow ${binding.TF_Version} finds no GPU; tfjs-node needs none`);
  return {
    description: {
      backend: name,
      version: `${version} on TensorFlow ${binding.TF_Version}`,
      device: isUsingGpuDevice ? 'cuda:0' : 'cpu',
      dtype: 'f32',
      threads,
    },
    forecast: (need) => tensorflowForecast(need, isUsingGpuDevice),
  };
}

async function load(specifier: string, gpu: boolean): Promise<void> {
  restoreRemovedFunctions();
  try {
    await import(specifier);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new Error(`${specifier} does not load (${reason}): run \`npm run tfjs-node${gpu ? ' -- --gpu' : ''}\``, {
      cause: error,
    });
  }
}
