// The npm package with the addon for one platform and the libraries of libtorch that it loads.
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildAddon } from '../../libs/tensor-libtorch/setup/build-native.mjs';
import { ROOT } from '../../libs/tensor-libtorch/setup/locate.mjs';
import { bringLicences } from '../../libs/tensor-libtorch/setup/sources.mjs';
import { run } from '../../libs/tensor-libtorch/setup/run.mjs';
import { loadedLibraries, systemFloor } from './loaded-libraries.mjs';
import { npmPack } from './npm-pack.mjs';
import { targetFor } from './target.mjs';

const MOST_MEGABYTES = 250;

/** Builds the addon for `arch` and packs it as `name` into `folder`; `product` is the manifest of what it belongs to. */
export function makeNativePackage({ arch, name, product, folder }) {
  const target = targetFor(arch);
  const addon = buildAddon(target);
  if (addon === undefined) throw new Error(`${name} was not made`);
  const contents = path.join(folder, name);
  rmSync(contents, { recursive: true, force: true });
  mkdirSync(contents, { recursive: true });
  run('cmake', ['--install', path.dirname(addon), '--prefix', contents, '--strip'], { stdio: 'ignore' });
  const libraries = copyLibraries(target.libtorch, contents);
  const floor = systemFloor([path.join(contents, 'addon.node'), ...libraries]);
  describe({ arch, name, product, contents, floor, version: target.libtorch.version });
  const { file, unpackedBytes } = npmPack(contents, folder);
  rmSync(contents, { recursive: true });
  const megabytes = statSync(file).size / 1e6;
  console.log(
    `${path.basename(file)}: ${megabytes.toFixed(0)} MB of at most ${MOST_MEGABYTES}, ${(unpackedBytes / 1e6).toFixed(0)} MB ` +
      `unpacked; needs glibc ${floor.GLIBC} and a libstdc++ with GLIBCXX ${floor.GLIBCXX}`,
  );
  if (megabytes > MOST_MEGABYTES) throw new Error(`${path.basename(file)} is too large`);
}

function copyLibraries({ home }, contents) {
  if (home === undefined)
    throw new Error('the system has its own libtorch, which no package may bring: run `npm run libtorch`');
  const folders = [path.join(home, 'lib'), path.join(home, '../torch.libs')];
  return loadedLibraries(path.join(contents, 'addon.node'), folders).map((file) => {
    const place = path.join(contents, path.basename(file));
    copyFileSync(file, place);
    return place;
  });
}

function describe({ arch, name, product, contents, floor, version }) {
  const { license, engines } = product;
  const description = `The libtorch backend of ${product.name} for Linux on ${arch}, built: libtorch ${version}`;
  const platform = { os: ['linux'], cpu: [arch], libc: ['glibc'] };
  const manifest = { name, version: product.version, description, license, engines, ...platform };
  writeFileSync(path.join(contents, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(
    path.join(contents, 'README.md'),
    `# ${name}\n\n${description}. ${product.name} takes it where it is installed in the same version.\n\n` +
      `Needs Linux with glibc ${floor.GLIBC} or newer and a libstdc++ with GLIBCXX ${floor.GLIBCXX}; no GPU is used. \`addon.node\` is under ` +
      '`LICENSE`, the libraries, which are as PyTorch publishes them, under the texts in `licences`.\n',
  );
  copyFileSync(path.join(ROOT, 'LICENSE'), path.join(contents, 'LICENSE'));
  const licences = path.join(contents, 'licences');
  mkdirSync(licences);
  bringLicences(licences);
}
