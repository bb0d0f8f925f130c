// `npm run libtorch [-- --from apt|zip|wheel] [--unattended]`: finds a libtorch or brings one, then builds the addon.
// --unattended takes only what this machine's package manager gives without a question, and succeeds without one.
import { parseArgs } from 'node:util';
import { buildAddon } from './build-native.mjs';
import { locateLibtorch } from './locate.mjs';
import { SOURCES } from './sources.mjs';

const HELP =
  'unpack a libtorch (the zip from pytorch.org, or a torch wheel) and set LIBTORCH_HOME to the folder with include/ and lib/';

const { values: options } = parseArgs({
  options: { from: { type: 'string' }, unattended: { type: 'boolean', default: false } },
});

try {
  if (options.from !== undefined || locateLibtorch() === undefined) await bring();
  buildAddon();
} catch (error) {
  console.error(error.message);
  process.exitCode = options.unattended ? 0 : 1;
}

/** The first source that works; the reasons of all that did not, when none does. */
async function bring() {
  const reasons = [];
  for (const name of candidates()) {
    try {
      console.log(`getting libtorch (${name})`);
      return await SOURCES[name].bring();
    } catch (error) {
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
  const names = options.unattended ? ['apt'] : Object.keys(SOURCES);
  return names.filter((name) => SOURCES[name].here());
}
