// Where a libtorch may already be: the user's choice, what `npm run libtorch` brought earlier, the system.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '../../..');
/** Where `npm run libtorch` unpacks the official zip, and where it installs a wheel with the libraries beside it. */
export const UNPACKED = path.join(ROOT, 'build/libtorch');
export const PACKAGES = path.join(ROOT, 'build/libtorch-packages');

const SYSTEM_FOLDERS = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];

/**
 * The libtorch that a build takes: `home` is its folder, absent for one that the system's own paths lead to.
 * A LIBTORCH_HOME that holds none is an error, not a reason to take another one.
 */
export function locateLibtorch(home = process.env.LIBTORCH_HOME) {
  if (home !== undefined && home !== '') {
    if (hasLibrary(path.join(home, 'lib'))) return { home };
    throw new Error(`LIBTORCH_HOME=${home} holds no lib/libtorch_cpu.so: name the folder with include/ and lib/`);
  }
  const brought = [UNPACKED, path.join(PACKAGES, 'torch')].find((folder) => hasLibrary(path.join(folder, 'lib')));
  if (brought !== undefined) return { home: brought };
  return systemFolders().some((folder) => hasLibrary(folder)) ? {} : undefined;
}

/** Debian keeps libraries in a folder per architecture. */
function systemFolders() {
  const triplets = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu')) : [];
  return [...SYSTEM_FOLDERS, ...triplets.map((triplet) => path.join('/usr/lib', triplet))];
}

function hasLibrary(folder) {
  return ['libtorch_cpu.so', 'libtorch_cpu.dylib'].some((name) => existsSync(path.join(folder, name)));
}
