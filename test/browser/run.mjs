// `npm test -- browser`: the playground in a real browser. Installs Debian's Chromium where that is possible.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

if (!existsSync(CHROMIUM)) installChromium();
if (!existsSync(CHROMIUM)) {
  console.log(`NOT RUN: test/browser/playground.spec.ts, because there is no Chromium at ${CHROMIUM}.`);
  console.log('Install it (Debian: apt-get install chromium) or name another one: CHROMIUM=/path npm test -- browser');
  process.exit(1);
}
const build = run('npm', ['run', '--silent', 'build']);
process.exit(build === 0 ? run('npx', ['vitest', 'run', '--project', 'browser', ...process.argv.slice(2)]) : build);

/** Only where it needs no password. */
function installChromium() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  console.log('Installing chromium with apt-get');
  const install = ['install', '--yes', '--no-install-recommends', 'chromium'];
  if (run('apt-get', install) !== 0 && run('apt-get', ['update']) === 0) run('apt-get', install);
}

function run(command, args) {
  return (
    spawnSync(command, args, {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status ?? 1
  );
}
