// Where a libtorch may already be: the user's choice, what `npm run libtorch` brought earlier, the system.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '../../..');
/** Where `npm run libtorch` unpacks the official zip, and where it installs a wheel with the libraries beside it. */
export const UNPACKED = path.join(ROOT, 'build/libtorch');
export const PACKAGES = path.join(ROOT, 'build/libtorch-packages');

const SYSTEM_FOLDERS = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];

/**
 * The libtorch that a build takes: `home` is its folder, absent for one that the system's own paths lead to; `version` such as
 * 2.7.1. A LIBTORCH_HOME that holds none is an error, not a reason to take another one.
 */
export function locateLibtorch(home = process.env.LIBTORCH_HOME) {
  if (home !== undefined && home !== '') {
    if (hasLibrary(path.join(home, 'lib'))) return { home, version: versionIn(home) };
    throw new Error(`LIBTORCH_HOME=${home} holds no lib/libtorch_cpu.so: name the folder with include/ and lib/`);
  }
  const brought = [UNPACKED, path.join(PACKAGES, 'torch')].find((folder) => hasLibrary(path.join(folder, 'lib')));
  if (brought !== undefined) return { home: brought, version: versionIn(brought) };
  return systemFolders().some((folder) => hasLibrary(folder)) ? { version: versionIn('/usr') } : undefined;
}

/** Debian keeps libraries in a folder per architecture. */
function systemFolders() {
  const triplets = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu')) : [];
  return [...SYSTEM_FOLDERS, ...triplets.map((triplet) => path.join('/usr/lib', triplet))];
}

/** From 2.8 on the numbers stand in a header that the former one includes. */
function versionIn(home) {
  const headers = ['torch/headeronly/version.h', 'torch/csrc/api/include/torch/version.h'];
  const header = headers.map((name) => path.join(home, 'include', name)).find((file) => existsSync(file));
  if (header === undefined) return undefined;
  const text = readFileSync(header, 'utf8');
  const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`define TORCH_VERSION_${part} (\\d+)`, 'u').exec(text)?.[1],
  );
  return numbers.join('.');
}

function hasLibrary(folder) {
  return ['libtorch_cpu.so', 'libtorch_cpu.dylib'].some((name) => existsSync(path.join(folder, name)));
}
