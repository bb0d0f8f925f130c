// Ways to bring a libtorch. Each has `here()`: whether it can work on this machine, and `bring()`.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { download } from './download.mjs';
import { PACKAGES, UNPACKED } from './locate.mjs';
import { has, run } from './run.mjs';

// Without libopenblas, libtorch-dev may come with the reference BLAS, which is fifty times slower. The OpenMP build shares
// its threads with ATen; the other one adds a second pool that fights for the same cores.
const DEBIAN_PACKAGES = ['libtorch-dev', 'libopenblas0-openmp', 'cmake', 'ninja-build', 'g++'];

/** The CUDA 12.6 build, the newest for that version: the one that the images use. Python is needed to fetch it only. */
const TORCH_WHEEL = 'torch==2.7.1';
/** What its libraries are linked to beyond libtorch itself; the other CUDA libraries are for GPUs. */
const LOADED_WITHOUT_GPU = ['nvidia-cuda-runtime-cu12==12.6.77', 'nvidia-cuda-cupti-cu12==12.6.80'];
/** Which Python the wheel is for does not matter to libtorch; one that has a wheel of this version is named. */
const PIP_FLAGS = ['--quiet', '--no-compile', '--only-binary=:all:', '--python-version=3.11'];

/** The CPU build. GPU builds lie beside it, in cu126 for example: name one with LIBTORCH_URL. */
const OFFICIAL_ZIP = 'https://download.pytorch.org/libtorch/cpu/libtorch-shared-with-deps-2.13.0%2Bcpu.zip';

export const SOURCES = {
  apt: {
    here: () => process.getuid?.() === 0 && has('apt-get'),
    bring() {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      run('apt-get', ['update', '-qq'], { env });
      run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...DEBIAN_PACKAGES], { env });
    },
  },
  zip: {
    here: () => process.platform === 'linux' && process.arch === 'x64' && has('cmake'),
    async bring() {
      const url = process.env.LIBTORCH_URL ?? OFFICIAL_ZIP;
      mkdirSync(path.dirname(UNPACKED), { recursive: true });
      const archive = path.join(path.dirname(UNPACKED), decodeURIComponent(path.basename(new URL(url).pathname)));
      console.log(`downloading ${url}`);
      await download(url, archive, process.env.LIBTORCH_SHA256);
      unpack(archive);
      rmSync(archive);
    },
  },
  wheel: {
    here: () => process.platform === 'linux' && process.arch === 'x64' && has('python3'),
    bring() {
      rmSync(PACKAGES, { recursive: true, force: true });
      const gpu = existsSync('/dev/nvidiactl');
      const wanted = gpu ? [TORCH_WHEEL] : ['--no-deps', TORCH_WHEEL, ...LOADED_WITHOUT_GPU];
      run('python3', ['-m', 'pip', 'install', ...PIP_FLAGS, '--target', PACKAGES, ...wanted]);
    },
  },
};

/** CMake is needed for the build anyway, and reads zip files. */
function unpack(archive) {
  const folder = mkdtempSync(`${UNPACKED}-`);
  run('cmake', ['-E', 'tar', 'xf', archive], { cwd: folder });
  rmSync(UNPACKED, { recursive: true, force: true });
  renameSync(path.join(folder, 'libtorch'), UNPACKED);
  rmSync(folder, { recursive: true });
}
