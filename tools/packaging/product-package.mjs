// The package of the server. What npm installs with it on a platform that has a package of the built addon is written here, not in the
// repository's package.json: there `npm ci` would ask a registry for packages of a version that is still being worked on.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { npmPack } from './npm-pack.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const ARCHITECTURES = ['x64', 'arm64'];
const { nativePackage } = await import(path.join(ROOT, 'dist/libs/tensor-libtorch/src/index.js'));
export const PACKAGES = path.join(ROOT, 'build/packages');

/** Packs into `folder`. Optional dependencies are the packages of the addon that lie in PACKAGES in the same version; `natives` are their files. */
export function makeProductPackage(folder) {
  const staging = mkdtempSync(path.join(os.tmpdir(), 'product-'));
  try {
    execFileSync('tar', ['xzf', npmPack(ROOT, staging).file, '-C', staging]);
    const contents = path.join(staging, 'package');
    const file = path.join(contents, 'package.json');
    // `private` keeps a checkout from being published by mistake.
    const { private: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
    const natives = ARCHITECTURES.map((arch) => nativePackage('linux', arch));
    const made = natives.filter((name) => existsSync(packageFile(name, manifest.version)));
    const optionalDependencies = Object.fromEntries(made.map((name) => [name, manifest.version]));
    writeFileSync(file, `${JSON.stringify({ ...manifest, optionalDependencies }, undefined, 2)}\n`);
    return { ...npmPack(contents, folder), natives: made.map((name) => packageFile(name, manifest.version)) };
  } finally {
    rmSync(staging, { recursive: true });
  }
}

function packageFile(name, version) {
  return path.join(PACKAGES, `${name}-${version}.tgz`);
}
