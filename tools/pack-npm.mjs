// `npm run check -- pack-npm [--arch x64 --arch arm64]`: makes the packages of a release in build/packages: one with the built addon for each
// architecture (default: this machine's), and the server's, which asks for those that lie there. Publishes nothing.
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeNativePackage } from './packaging/native-package.mjs';
import { makeProductPackage, PACKAGES } from './packaging/product-package.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: { arch: { type: 'string', multiple: true, default: [process.arch] } },
});
const { nativePackage } = await import(path.join(ROOT, 'dist/libs/tensor-libtorch/src/index.js'));
const product = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

mkdirSync(PACKAGES, { recursive: true });
for (const arch of options.arch) {
  makeNativePackage({ arch, name: nativePackage('linux', arch), product, folder: PACKAGES });
}
const { file, natives } = makeProductPackage(PACKAGES);
const asked = natives.map((native) => path.basename(native)).join(', ');
console.log(`${path.basename(file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB, asks for ${asked}`);
