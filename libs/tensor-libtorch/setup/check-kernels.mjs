// `npm run check:kernels [-- --nvcc NVCC]`: compiles the GPU kernels for every architecture and number format, without a GPU. The addon
// does it by the NVRTC that it finds (LD_LIBRARY_PATH may lead to one); with --nvcc that compiler does it too.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './locate.mjs';

const ARCHITECTURES = ['sm_80', 'sm_86', 'sm_89', 'sm_90'];
const FORMATS = {
  bfloat16: ['-DELEMENT_BITS=16', '-DELEMENT_BFLOAT=1'],
  float16: ['-DELEMENT_BITS=16', '-DELEMENT_BFLOAT=0'],
  float32: ['-DELEMENT_BITS=32', '-DELEMENT_BFLOAT=0'],
};
const FOLDER = path.join(ROOT, 'libs/tensor-libtorch/native/src/device');
const { values: options } = parseArgs({ options: { nvcc: { type: 'string' } } });

const { compileKernels } = await import(path.join(ROOT, 'dist/libs/tensor-libtorch/src/index.js'));
for (const architecture of ARCHITECTURES) {
  for (const [dtype, definitions] of Object.entries(FORMATS)) {
    const startedMs = performance.now();
    const bytes = compileKernels(architecture, dtype);
    console.log(`NVRTC ${architecture} ${dtype}: ${bytes} bytes in ${(performance.now() - startedMs).toFixed(0)} ms`);
    if (options.nvcc !== undefined) compileByNvcc(architecture, dtype, definitions);
  }
}

function compileByNvcc(architecture, dtype, definitions) {
  const args = [
    '-cubin',
    '-arch',
    architecture,
    '-std=c++17',
    '-Xptxas',
    '-v',
    ...definitions,
    '-include',
    path.join(FOLDER, 'elements.cuh'),
    '-o',
    '/dev/null',
    path.join(FOLDER, 'fused.cu'),
  ];
  const { status, stderr, error } = spawnSync(options.nvcc, args, { encoding: 'utf8' });
  const spills = [...(stderr ?? '').matchAll(/(\d+) bytes spill stores/gu)].reduce(
    (sum, [, bytes]) => sum + Number(bytes),
    0,
  );
  if (status !== 0) {
    console.error(error?.message ?? stderr);
    process.exit(1);
  }
  console.log(`nvcc  ${architecture} ${dtype}: ${spills} bytes spilled`);
}
