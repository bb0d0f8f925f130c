// `npm run build:native`: builds the addon against the libtorch that is there. Without one (or without CMake, Ninja and a
// compiler) it prints one line on what to do and succeeds: the server then runs on the portable backend and says so.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const SOURCE = path.join(import.meta.dirname, 'native');
const BUILD = path.join(ROOT, 'build/native');
const LOG = path.join(BUILD, 'build.log');

const missing = ['cmake', 'ninja', 'c++'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
const nodeInclude = path.join(path.dirname(process.execPath), '../include/node');
if (missing.length > 0) giveUp(`${missing.join(', ')} not found`);
else if (!existsSync(path.join(nodeInclude, 'node_api.h'))) giveUp(`Node's headers are not beside it (${nodeInclude})`);
else build();

function build() {
  mkdirSync(BUILD, { recursive: true });
  const { include_dir: napiInclude } = createRequire(import.meta.url)('node-addon-api');
  const home = process.env.LIBTORCH_HOME ?? '';
  // Another libtorch than last time would be looked for in the old cache.
  rmSync(path.join(BUILD, 'CMakeCache.txt'), { force: true });
  const configured = run('cmake', [
    '-S',
    SOURCE,
    '-B',
    BUILD,
    '-G',
    'Ninja',
    '-DCMAKE_BUILD_TYPE=Release',
    `-DLIBTORCH_HOME=${home}`,
    `-DNODE_INCLUDE=${nodeInclude}`,
    `-DNODE_ADDON_API_INCLUDE=${path.resolve(ROOT, napiInclude)}`,
  ]);
  if (!configured.ok)
    return giveUp(/Could NOT find Libtorch/u.test(configured.output) ? 'no libtorch found' : `see ${LOG}`);
  const built = run('cmake', ['--build', BUILD]);
  if (!built.ok) {
    console.error(built.output);
    process.exit(1);
  }
  console.log(/libtorch \S+: \S+/u.exec(configured.output)?.[0] ?? 'libtorch: built');
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  writeFileSync(LOG, stdout + stderr, { flag: 'a' });
  return { ok: status === 0, output: stdout + stderr };
}

function giveUp(reason) {
  console.log(
    `native backend not built (${reason}): run \`npm run libtorch\`, or set LIBTORCH_HOME, then \`npm run build:native\``,
  );
}
