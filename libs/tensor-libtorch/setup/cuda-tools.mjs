// Compilers of kernels and a disassembler, from the packages that NVIDIA publishes for Python: small, and no GPU is needed.
import { chmodSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './locate.mjs';
import { run } from './run.mjs';

const FOLDER = path.join(ROOT, 'build/cuda-tools');
/** That of the CUDA image, and one that knows the GPUs that came later. */
const COMPILERS = { 12.6: 'nvidia-cuda-nvrtc-cu12==12.6.85', 12.9: 'nvidia-cuda-nvrtc-cu12==12.9.86' };
const DISASSEMBLER = 'nvidia-cuda-nvdisasm==13.2.51';

const PIP_FLAGS = ['--disable-pip-version-check', '--no-deps', '--no-compile', '--only-binary=:all:'];

/** Folders of libnvrtc by its version, and the file of nvdisasm. What is not there is fetched. */
export function cudaTools() {
  const compilers = Object.entries(COMPILERS).map(([version, name]) => [
    version,
    path.join(brought(`nvrtc-${version}`, name), 'nvidia/cuda_nvrtc/lib'),
  ]);
  const nvdisasm = path.join(brought('nvdisasm', DISASSEMBLER), 'nvidia/cu13/bin/nvdisasm');
  chmodSync(nvdisasm, 0o755); // Not every installer keeps the right to run it.
  return { compilers: Object.fromEntries(compilers), nvdisasm };
}

function brought(name, requirement) {
  const folder = path.join(FOLDER, name);
  if (existsSync(folder)) return folder;
  try {
    run('python3', ['-m', 'pip', 'install', ...PIP_FLAGS, '--target', folder, requirement]);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return folder;
}
