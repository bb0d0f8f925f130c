// `npm run build:native`: builds the addon against the libtorch that is there. Without one (or without CMake, Ninja and a
// compiler) it prints one line on what to do and succeeds: the server then runs on the portable backend and says so.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateLibtorch, ROOT } from './locate.mjs';
import { refusal } from './platform.mjs';
import { has } from './run.mjs';

const SOURCE = path.join(import.meta.dirname, '../native');
const HERE = { folder: path.join(ROOT, 'build/native'), definitions: [], compiler: 'c++' };

if (process.argv[1] === fileURLToPath(import.meta.url)) buildAddon();

/**
 * Exits with 1 when the sources do not compile. Answers the addon's file, nothing when it cannot be built here. `target`
 * is what differs from a build for this machine.
 */
export function buildAddon(target = {}) {
  const { folder, definitions, compiler, libtorch } = { ...HERE, libtorch: locateLibtorch(), ...target };
  const obstacle = refusal() ?? missing(libtorch, compiler);
  if (obstacle !== undefined) return console.log(obstacle);
  mkdirSync(folder, { recursive: true });
  // Another libtorch than last time would be looked for in the old cache.
  rmSync(path.join(folder, 'CMakeCache.txt'), { force: true });
  const output = configure(folder, libtorch.home ?? '', definitions);
  step(folder, ['--build', folder]);
  if (output.includes('CUDA graphs: headers')) buildGraphs(folder);
  console.log(/libtorch \S+: \S+/u.exec(output)?.[0] ?? 'libtorch: built');
  return path.join(folder, 'addon.node');
}

function missing(libtorch, compiler) {
  const lacking = [...missingTools(compiler), ...(libtorch === undefined ? ['libtorch'] : [])];
  if (lacking.length === 0) return undefined;
  return `native backend not built (${lacking.join(', ')} not found): run \`npm run libtorch\`, which gets it and builds`;
}

export function missingTools(compiler = HERE.compiler) {
  return ['cmake', 'ninja', compiler].filter((tool) => !has(tool));
}

function configure(folder, home, definitions) {
  const require = createRequire(import.meta.url);
  return step(folder, [
    '-S',
    SOURCE,
    '-B',
    folder,
    '-G',
    'Ninja',
    '-DCMAKE_BUILD_TYPE=Release',
    `-DLIBTORCH_HOME=${home}`,
    `-DNODE_INCLUDE=${require('node-api-headers').include_dir}`,
    `-DNODE_ADDON_API_INCLUDE=${path.resolve(ROOT, require('node-addon-api').include_dir)}`,
    ...definitions,
  ]);
}

/** What a GPU serves without, at more cost for the CPU. */
function buildGraphs(folder) {
  const { ok } = cmake(folder, ['--build', folder, '--target', 'graphs']);
  if (ok) return;
  rmSync(path.join(folder, 'graphs.so'), { force: true }); // One of another libtorch would be loaded.
  console.log(`CUDA graphs: not built, ${path.join(folder, 'build.log')} says why`);
}

function step(folder, args) {
  const { ok, output } = cmake(folder, args);
  if (ok) return output;
  console.error(output);
  process.exit(1);
}

function cmake(folder, args) {
  const { status, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8' });
  const output = stdout + stderr;
  writeFileSync(path.join(folder, 'build.log'), output, { flag: 'a' });
  return { ok: status === 0, output };
}
