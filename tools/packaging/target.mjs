// For which processors the addon is packed on this machine, and how it is built for each.
import path from 'node:path';
import { locateLibtorch, ROOT } from '../../libs/tensor-libtorch/setup/locate.mjs';
import { bringForArm64 } from '../../libs/tensor-libtorch/setup/sources.mjs';

const CROSS_COMPILER = 'aarch64-linux-gnu-g++';

/** What `buildAddon` takes for an architecture: this machine's own, or arm64, for which x64 has a compiler. */
export function targetFor(arch) {
  if (arch === process.arch) return { libtorch: locateLibtorch() };
  if (arch !== 'arm64')
    throw new Error(`--arch ${arch}: expected ${process.arch}, or arm64, which is built for elsewhere`);
  const libtorch = locateLibtorch(bringForArm64());
  return {
    libtorch,
    folder: path.join(ROOT, 'build/native-arm64'),
    compiler: CROSS_COMPILER,
    definitions: [
      '-DCMAKE_SYSTEM_NAME=Linux',
      '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
      `-DCMAKE_CXX_COMPILER=${CROSS_COMPILER}`,
    ],
  };
}
