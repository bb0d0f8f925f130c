// Collects the file tree of an image's last stage: `node docker/runtime-root.mjs TARGET`, run in the build stage after
// `npm prune --omit=dev`. Programs and addons bring the shared libraries that they are linked to, by `ldd`, under the
// paths where the loader finds them; what is not loaded stays behind. Prints the size of each part.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const LICENCE = /\/(?:licen[cs]e|notice|copying)[^/]*$/iu;
const target = path.resolve(process.argv[2]);
const app = process.cwd();
const sizes = new Map();

layOut();
const addons = [...nodeModules(), ...nativeAddon()].filter((file) => file.endsWith('.node'));
const programs = [process.execPath, ...addons, ...gpuLibraries()];
for (const file of [...libraries(programs), ...gpuLibraries()]) copy('shared libraries', file);
for (const entry of applicationFiles()) copy('application', entry);
placeNode();
writeList();

/** Debian's merged /usr; the folders that a read-only container writes to belong to group 0. */
function layOut() {
  for (const folder of ['usr/lib', 'usr/lib64', 'usr/local/bin', 'etc/ssl/certs', 'app', 'proc', 'dev', 'sys']) {
    mkdirSync(path.join(target, folder), { recursive: true });
  }
  for (const name of ['lib', 'lib64']) symlinkSync(`usr/${name}`, path.join(target, name));
  for (const name of ['tmp', 'models']) {
    mkdirSync(path.join(target, name));
    chmodSync(path.join(target, name), name === 'tmp' ? 0o1777 : 0o2775);
  }
  writeFileSync(path.join(target, 'etc/passwd'), 'root:x:0:0::/:/\nreranker:x:10001:0::/models:/\n');
  writeFileSync(path.join(target, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  copy('application', '/etc/ssl/certs/ca-certificates.crt');
}

/** Every shared library that these files need, and those that the libraries need, as the loader finds them here. */
function libraries(files) {
  const found = new Set();
  for (const file of files) {
    for (const line of execFileSync('ldd', [file], { encoding: 'utf8' }).split('\n')) {
      if (line.includes('not found')) throw new Error(`${file}: ${line.trim()}`);
      const library = /(?:=> |^\s*)(\/\S+) \(0x/u.exec(line)?.[1];
      if (library !== undefined) found.add(library);
    }
  }
  return [...found].toSorted();
}

/** The addon with what it loads from beside it. Of its libtorch, headers and unused libraries stay behind. */
function nativeAddon() {
  const addon = path.join(app, 'build/native/addon.node');
  if (!existsSync(addon))
    throw new Error('build/native/addon.node is missing: npm run build:native did not find a libtorch');
  return [addon, path.join(path.dirname(addon), 'graphs.so')].filter((file) => existsSync(file));
}

/** The addon loads them when it opens a GPU: nothing is linked to them. */
function gpuLibraries() {
  const cpu = libraries(nativeAddon()).find((file) => path.basename(file) === 'libtorch_cpu.so');
  const folder = path.dirname(cpu ?? '');
  const compiler = path.join(folder, '../../nvidia/cuda_nvrtc/lib');
  const kernels = existsSync(compiler) ? readdirSync(compiler).filter((name) => /^libnvrtc.*\.so/u.test(name)) : [];
  return [path.join(folder, 'libtorch_cuda.so'), ...kernels.map((name) => path.join(compiler, name))].filter((file) =>
    existsSync(file),
  );
}

/**
 * Not the binaries for other systems and C libraries, nor what only a compiler, a browser's bundler or a reader uses. The
 * compiler itself is what npm keeps for a plug-in of @nestjs/swagger that runs at build time.
 */
function nodeModules() {
  const unused = [
    /\.(?:map|md|markdown|ts|mts|cts|flow)$/u,
    /\/(?:test|tests|docs|example|examples|bundles|miniprogram|\.bin)\//u,
    /\/(?:tf-[\w-]+\.(?:es2017|fesm|min)|[^/]*_test|swagger-ui-es-bundle[\w-]*)\.js$/u,
    /\/node_modules\/(?:typescript|@typescript)\//u,
  ];
  return walk(path.join(app, 'node_modules')).filter(
    (file) => LICENCE.test(file) || !(unused.some((pattern) => pattern.test(file)) || isForeign(file)),
  );
}

function isForeign(file) {
  return file.endsWith('.node') && !file.endsWith(`.linux-${process.arch}-gnu.node`);
}

function applicationFiles() {
  const embedded = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors', 'README.md'];
  return [
    ...walk(path.join(app, 'dist')).filter((file) => !file.endsWith('.tsbuildinfo')),
    ...nodeModules(),
    ...nativeAddon(),
    ...walk(path.join(app, 'apps/playground/public')),
    ...embedded.map((name) => path.join(app, 'libs/embedded-model', name)),
    ...['package.json', 'LICENSE', 'sbom.cdx.json', 'docker/healthcheck.mjs'].map((name) => path.join(app, name)),
  ];
}

function walk(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Links are followed: the copy stands under the name that is asked for. */
function copy(part, file) {
  const place = path.join(target, file);
  mkdirSync(path.dirname(place), { recursive: true });
  copyFileSync(file, place);
  chmodSync(place, statSync(file).mode & 0o111 ? 0o755 : 0o644);
  sizes.set(part, (sizes.get(part) ?? 0) + statSync(file).size);
}

function placeNode() {
  const place = path.join(target, 'usr/local/bin/node');
  cpSync(process.execPath, place, { dereference: true });
  sizes.set('node', statSync(place).size);
}

/** What came from packages of the system and of wheels, for those who watch for vulnerabilities, and the figures. */
function writeList() {
  const owners = [...systemPackages(), ...wheels()].toSorted((one, other) => one.name.localeCompare(other.name));
  const lines = owners.map(({ name, version }) => `${name} ${version}`);
  writeFileSync(path.join(target, 'app/sbom-system.txt'), `${lines.join('\n')}\n`);
  for (const file of owners.flatMap(({ licences }) => licences)) copy('licences', file);
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  for (const [part, bytes] of [...sizes, ['total', total]]) console.log(`${part}: ${(bytes / 1e6).toFixed(0)} MB`);
}

/** Debian's packages that shared libraries came from: [{ name, version, licences }]. */
function systemPackages() {
  const owning = owningPackages();
  const installed = execFileSync('dpkg-query', ['-W', '-f=${Package} ${Version}\\n'], { encoding: 'utf8' });
  return installed
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([name]) => owning.has(name))
    .map(([name, version]) => ({ name, version, licences: [`/usr/share/doc/${name}/copyright`].filter(existsSync) }));
}

/** The same for the wheels of libtorch and of the CUDA libraries. */
function wheels() {
  const folder = path.join(app, 'build/libtorch-packages');
  if (!existsSync(folder)) return [];
  const used = new Set([...programs, ...libraries(programs)].map((file) => path.relative(folder, file)));
  const infos = readdirSync(folder).filter((name) => name.endsWith('.dist-info'));
  return infos.flatMap((info) => {
    const files = readFileSync(path.join(folder, info, 'RECORD'), 'utf8')
      .split('\n')
      .map((line) => line.split(',')[0]);
    if (!files.some((file) => used.has(file))) return [];
    const [name, version] = info.replace('.dist-info', '').split('-');
    const licences = files.filter((file) => file.startsWith(info) && LICENCE.test(`/${file}`));
    return [{ name, version, licences: licences.map((file) => path.join(folder, file)) }];
  });
}

function owningPackages() {
  const files = libraries(programs).flatMap((file) => [file, path.join('/usr', file)]);
  try {
    return namesIn(
      execFileSync('dpkg-query', ['-S', ...files], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch (error) {
    return namesIn(error.stdout); // Files of no package end it with 1, after the others were named.
  }
}

function namesIn(output) {
  return new Set(output.split('\n').map((line) => line.split(':')[0]));
}
