// `npm run libtorch [-- --from zip|maven|wheel|apt] [--unattended]`: brings a libtorch where none of 2.2 or newer is, and builds
// the addon. --unattended takes only what a package manager gives without a question, and succeeds without one.
import { parseArgs } from 'node:util';
import { buildAddon, missingTools } from './build-native.mjs';
import { locateLibtorch } from './locate.mjs';
import { refusal } from './platform.mjs';
import { aptInstall, canInstall, SOURCES, sourcesHere } from './sources.mjs';
import { tryAddon } from './try-addon.mjs';

const HELP =
  'unpack a libtorch (the zip from pytorch.org, or a torch wheel) and set LIBTORCH_HOME to the folder with include/ and lib/';
/** Debian's names of what a build calls. */
const TOOL_PACKAGES = { cmake: 'cmake', ninja: 'ninja-build', 'c++': 'g++' };

const { values: options } = parseArgs({
  options: { from: { type: 'string' }, unattended: { type: 'boolean', default: false } },
});

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = options.unattended ? 0 : 1;
}

async function main() {
  const refused = refusal();
  if (refused !== undefined) throw new Error(refused);
  bringTools();
  const found = locateLibtorch();
  if (options.from !== undefined || found === undefined) await bring();
  else if (isOld(found)) await bringNewer(found);
  const addon = buildAddon();
  if (addon !== undefined) console.log(`${tryAddon(addon)}. Next: MODEL_NAME=Qwen/Qwen3-Reranker-0.6B npm start`);
}

/** Before libtorch, which is unpacked with one of them. */
function bringTools() {
  const missing = missingTools();
  if (missing.length > 0 && canInstall()) aptInstall(missing.map((tool) => TOOL_PACKAGES[tool]));
}

/** Without products of 8 bits, and with the BLAS of its day. */
function isOld({ version }) {
  const [major, minor] = (version ?? '0.0').split('.').map(Number);
  return major < 2 || (major === 2 && minor < 2);
}

/** An old one serves too, more slowly: without network it stays. */
async function bringNewer({ home, version }) {
  console.log(`libtorch ${version} is there: a newer one has faster number formats (bf16, int8) and kernels`);
  if (home !== undefined && home === process.env.LIBTORCH_HOME)
    return console.log('LIBTORCH_HOME names it, so it is taken');
  return bring({ except: 'apt' }).catch((error) => console.log(`${error.message}\nbuilding with libtorch ${version}`));
}

/** The first source that works; the reasons of all that did not, when none does. */
async function bring({ except } = {}) {
  const reasons = [];
  for (const name of candidates().filter((candidate) => candidate !== except)) {
    try {
      console.log(`getting libtorch (${name}: ${SOURCES[name].size})`);
      return await SOURCES[name].bring();
    } catch (error) {
      console.log(`${name}: ${error.message}`);
      reasons.push(`${name}: ${error.message}`);
    }
  }
  throw new Error(['no libtorch could be brought', ...reasons, HELP].join('\n  '));
}

function candidates() {
  if (options.from !== undefined) {
    if (SOURCES[options.from] === undefined) throw new Error(`--from must be ${Object.keys(SOURCES).join(', ')}`);
    return [options.from];
  }
  if (process.env.LIBTORCH_URL !== undefined) return ['zip'];
  return sourcesHere({ unattended: options.unattended });
}
