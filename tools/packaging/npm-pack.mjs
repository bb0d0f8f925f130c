import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** `npm pack` of a package's folder into another one. */
export function npmPack(folder, destination) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination, folder];
  const [{ filename, entryCount, unpackedSize }] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
  return { file: path.join(destination, filename), entries: entryCount, unpackedBytes: unpackedSize };
}
