// `npm run build:native`: builds the addon against the libtorch that is there. Without one (or without CMake, Ninja and a
// compiler) it prints one line on what to do and succeeds: the server then runs on the portable backend and says so.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateLibtorch, ROOT } from './locate.mjs';
import { has } from './run.mjs';

const SOURCE = path.join(import.meta.dirname, '../native');
const BUILD = path.join(ROOT, 'build/native');

if (process.argv[1] === fileURLToPath(import.meta.url)) buildAddon();

/** Exits with 1 when the sources do not compile. Answers the addon's file, nothing when it cannot be built here. */
export function buildAddon({ folder = BUILD, definitions = [] } = {}) {
  const missing = ['cmake', 'ninja', 'c++'].filter((tool) => !has(tool));
  if (missing.length > 0) return giveUp(`${missing.join(', ')} not found`);
  const libtorch = locateLibtorch();
  if (libtorch === undefined) return giveUp('no libtorch found');
  mkdirSync(folder, { recursive: true });
  // Another libtorch than last time would be looked for in the old cache.
  rmSync(path.join(folder, 'CMakeCache.txt'), { force: true });
  const output = configure(folder, libtorch.home ?? '', definitions);
  step(folder, ['--build', folder]);
  console.log(/libtorch \S+: \S+/u.exec(output)?.[0] ?? 'libtorch: built');
  return path.join(folder, 'addon.node');
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

function step(folder, args) {
  const { status, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8' });
  writeFileSync(path.join(folder, 'build.log'), stdout + stderr, { flag: 'a' });
  if (status === 0) return stdout + stderr;
  console.error(stdout + stderr);
  process.exit(1);
}

function giveUp(reason) {
  console.log(`native backend not built (${reason}): run \`npm run libtorch\`, which gets one and builds`);
}
