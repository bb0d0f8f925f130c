// What a shared library is linked to, of any architecture.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What every system with glibc has that runs Node: Node and the system's package manager are linked to them. */
const OF_THE_SYSTEM = /^(?:lib(?:c|m|dl|rt|pthread|stdc\+\+|gcc_s|z)|ld-linux-[\w-]+)\.so\./u;

/** The files in `folders` that a library loads, and that those load. Throws for one that is neither there nor of the system. */
export function loadedLibraries(library, folders, found = new Map()) {
  for (const name of neededBy(library)) {
    if (OF_THE_SYSTEM.test(name) || found.has(name)) continue;
    const file = folders.map((folder) => path.join(folder, name)).find((place) => existsSync(place));
    if (file === undefined) {
      const expected = 'expected a libtorch for CPUs that brings what it loads (`npm run libtorch`)';
      throw new Error(`${path.basename(library)} loads ${name}, which is not in ${folders.join(' or ')}: ${expected}`);
    }
    found.set(name, file);
    loadedLibraries(file, folders, found);
  }
  return [...found.values()];
}

/** The newest versions of the system's libraries that these files ask for, such as GLIBC 2.34. */
export function systemFloor(files) {
  const asked = files.flatMap((file) => [...readelf('--version-info', file).matchAll(/\b(GLIBC|GLIBCXX)_([\d.]+)/gu)]);
  return Object.fromEntries(
    ['GLIBC', 'GLIBCXX'].map((name) => [
      name,
      asked
        .filter(([, of]) => of === name)
        .map(([, , version]) => version)
        .toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))
        .at(-1),
    ]),
  );
}

function neededBy(file) {
  return [...readelf('--dynamic', file).matchAll(/\(NEEDED\).*\[(.+)\]/gu)].map(([, name]) => name);
}

function readelf(what, file) {
  return execFileSync('readelf', ['--wide', what, file], { encoding: 'utf8', maxBuffer: 2 ** 28 });
}
