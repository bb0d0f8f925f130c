// `npm run check -- pack-gpu [--out FOLDER]`: a folder that a machine with a GPU, a PyTorch, CMake and a compiler needs for the check, and
// nothing else: no Node, no network. There: `bash FOLDER/run.sh [--only STEP]`.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packagesNeeded } from './packages-needed.mjs';

const LIMIT_MEBIBYTES = 60;
const MEBIBYTE = 2 ** 20;
const ROOT = path.join(import.meta.dirname, '../..');
const { values: options } = parseArgs({ options: { out: { type: 'string', default: 'build/gpu-pack' } } });

const out = path.resolve(options.out);
const staging = `${out}.staging`;
rmSync(staging, { recursive: true, force: true });
mkdirSync(path.join(staging, 'app'), { recursive: true });
mkdirSync(out, { recursive: true });

/** What the server, the bench and the checks run; Python reads the parity folder too. */
const FOLDERS = ['dist', 'libs/tensor-libtorch/native', 'libs/tensor-libtorch/setup', 'test/gpu', 'test/parity'];
const LEFT_OUT = /\.map$|\.d\.ts$|\.tsbuildinfo$|dist\/apps\/playground|__pycache__/u;

for (const folder of FOLDERS) copy(folder, folder);
// The bench asks where the embedded model lies, also when it runs another shape: its configuration answers.
for (const file of ['package.json', 'libs/embedded-model/config.json']) copy(file, file);
for (const { from, to, keep } of packagesNeeded(ROOT)) copy(from, to, keep);

archive('app');
packNode();
copyFileSync(path.join(import.meta.dirname, 'run.sh'), path.join(out, 'run.sh'));
rmSync(staging, { recursive: true });
report();

function copy(from, to, keep = () => true) {
  cpSync(path.join(ROOT, from), path.join(staging, 'app', to), {
    recursive: true,
    dereference: true,
    filter: (file) => !LEFT_OUT.test(file) && keep(file),
  });
}

/** Node's own program; the headers of its native interface are a package, in the other archive. */
function packNode() {
  const file = path.join(out, 'node.tar.xz');
  // It never changes, and compressing it takes longer than all the rest.
  if (existsSync(file) && statSync(file).mtimeMs > statSync(process.execPath).mtimeMs) return;
  mkdirSync(path.join(staging, 'node/bin'), { recursive: true });
  copyFileSync(process.execPath, path.join(staging, 'node/bin/node'));
  archive('node');
}

function archive(name) {
  execFileSync('tar', ['-C', staging, '-cJf', path.join(out, `${name}.tar.xz`), name], { stdio: 'inherit' });
}

function report() {
  const sizes = readdirSync(out).map((name) => ({ name, bytes: statSync(path.join(out, name)).size }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / MEBIBYTE;
  for (const { name, bytes } of sizes) console.log(`${name}: ${(bytes / MEBIBYTE).toFixed(1)} MiB`);
  console.log(`${out}: ${total.toFixed(1)} MiB of at most ${LIMIT_MEBIBYTES}`);
  if (total > LIMIT_MEBIBYTES) process.exitCode = 1;
}
