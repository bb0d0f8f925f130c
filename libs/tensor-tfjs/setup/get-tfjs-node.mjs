// `npm run tfjs-node [-- --gpu] [--tf-lib URL]`: installs @tensorflow/tfjs-node (or -gpu) beside our dependencies, without a trace in
// package.json, and builds its addon against a current TensorFlow instead of the one from 2022 that it would download.
//
// TensorFlow is TENSORFLOW_HOME (a folder with include/ and its libraries, such as `tensorflow` in a Python's site-packages), else the
// wheel, of which Python is needed to fetch it only. --tf-lib takes the archive of a libtensorflow the way tfjs-node has for it.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../../tensor-libtorch/setup/run.mjs';

const ROOT = path.join(import.meta.dirname, '../../..');
const require = createRequire(import.meta.url);

/** Newest of the 2.18 line: the last built with CUDA 12.5, which every driver for CUDA 12 serves. */
const TENSORFLOW = '2.18.1';
const PIP_FLAGS = ['--quiet', '--no-compile', '--only-binary=:all:', '--python-version=3.11', '--upgrade'];
/** Node-API 8, what Node 20 has: tfjs-node looks for its addon in a folder of that name. */
const NAPI_VERSION = 8;

const { values: options } = parseArgs({
  options: { gpu: { type: 'boolean', default: false }, 'tf-lib': { type: 'string' } },
});
const name = options.gpu ? 'tfjs-node-gpu' : 'tfjs-node';
const packageFolder = path.join(ROOT, 'node_modules/@tensorflow', name);

installPackage();
if (options['tf-lib'] === undefined) buildAddon(process.env.TENSORFLOW_HOME ?? fetchWheel());
else buildByItsScripts(options['tf-lib']);
console.log(`BACKEND=${name} is there until the next npm ci`);

/** tfjs-node must share tfjs-core with us: the same version. */
function installPackage() {
  const { version } = require('@tensorflow/tfjs-core/package.json');
  run(
    'npm',
    ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `@tensorflow/${name}@${version}`],
    { cwd: ROOT },
  );
}

/** Answers the folder `tensorflow` of the wheel; for a GPU with the CUDA libraries beside it. */
function fetchWheel() {
  const target = path.join(ROOT, 'build', options.gpu ? 'tensorflow-gpu' : 'tensorflow');
  const home = path.join(target, 'tensorflow');
  if (existsSync(home)) return home;
  const wanted = options.gpu ? [`tensorflow[and-cuda]==${TENSORFLOW}`] : ['--no-deps', `tensorflow-cpu==${TENSORFLOW}`];
  console.log(`getting ${wanted.at(-1)}`);
  run('python3', ['-m', 'pip', 'install', ...PIP_FLAGS, '--target', target, ...wanted], { cwd: ROOT });
  return home;
}

/** The addon is two files over Node-API: no node-gyp, and Node's headers are a dependency already. */
function buildAddon(home) {
  const libraries = librariesOf(home);
  const folder = path.join(packageFolder, `lib/napi-v${NAPI_VERSION}`);
  mkdirSync(folder, { recursive: true });
  run('c++', [
    '-shared',
    '-fPIC',
    '-O2',
    '-std=c++17',
    `-DNAPI_VERSION=${NAPI_VERSION}`,
    `-I${require('node-api-headers').include_dir}`,
    `-I${path.dirname(packageFolder)}`,
    `-I${path.join(home, 'include')}`,
    path.join(packageFolder, 'binding/tfjs_backend.cc'),
    path.join(packageFolder, 'binding/tfjs_binding.cc'),
    '-o',
    path.join(folder, 'tfjs_binding.node'),
    ...libraries,
    `-Wl,-rpath,${path.dirname(libraries[0])}`,
  ]);
}

/** A wheel has the C functions in libtensorflow_cc, the archive of the C library in libtensorflow. */
function librariesOf(home) {
  for (const folder of [home, path.join(home, 'lib')]) {
    const files = existsSync(folder) ? readdirSync(folder) : [];
    const find = (library) => files.filter((file) => file.startsWith(`${library}.so`)).toSorted()[0];
    const found = [find('libtensorflow_cc') ?? find('libtensorflow'), find('libtensorflow_framework')];
    if (!found.includes(undefined)) return found.map((file) => path.resolve(folder, file));
  }
  throw new Error(`${home} holds no libtensorflow: name the folder with include/ and the libraries`);
}

/** tfjs-node's own way to another libtensorflow: its script fetches the archive and runs node-gyp. */
function buildByItsScripts(url) {
  writeFileSync(path.join(packageFolder, 'scripts/custom-binary.json'), JSON.stringify({ 'tf-lib': url }));
  run('npm', ['rebuild', '--ignore-scripts=false', '--foreground-scripts', `@tensorflow/${name}`], { cwd: ROOT });
}
