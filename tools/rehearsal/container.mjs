// Runs a stage as Compose would: read-only tree, a tmpfs, an unprivileged numeric user of group 0, no new privileges.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '#apps/workshop';

const READY_LIMIT_MS = 120_000;

export class Container {
  constructor(stage, { user, env, mountpoint }) {
    Object.assign(this, { stage, user, env, mountpoint });
    mkdirSync(mountpoint, { recursive: true });
    mount('--bind', stage.root, mountpoint);
    mount('-o', 'remount,ro,bind', mountpoint);
    mount('-t', 'tmpfs', 'tmpfs', path.join(mountpoint, 'tmp'));
    mount('-t', 'proc', 'proc', path.join(mountpoint, 'proc'));
    mount('--rbind', '/dev', path.join(mountpoint, 'dev'));
  }

  start() {
    const { entrypoint, cmd } = this.stage;
    this.process = this.spawn([...entrypoint, ...cmd], ['ignore', 'inherit', 'inherit']);
  }

  /** Waits until the image's own HEALTHCHECK is content. */
  healthy() {
    const hopeless = () => {
      const { exitCode } = this.process;
      return exitCode === null ? undefined : `the server ended with ${exitCode}`;
    };
    const isHealthy = async () => (await exitOf(this.spawn(this.stage.healthcheck, 'ignore'))) === 0;
    return until(isHealthy, { limitMs: READY_LIMIT_MS, pollMs: 500, hopeless });
  }

  isReadOnly() {
    try {
      writeFileSync(path.join(this.mountpoint, 'app/written'), '');
      return false;
    } catch (error) {
      return error.code === 'EROFS';
    }
  }

  async stop() {
    if (this.process?.exitCode === null) this.process.kill('SIGTERM');
    const code = this.process === undefined ? undefined : await exitOf(this.process);
    execFileSync('umount', ['--recursive', '--lazy', this.mountpoint]);
    return code;
  }

  spawn([program, ...args], stdio) {
    // Full paths: the image's PATH does not lead to this machine's tools.
    const command = ['--no-new-privs', '/usr/sbin/chroot', `--userspec=${this.user}`, '--groups=', this.mountpoint];
    const inside = ['/usr/local/bin/node', '-e', ENTER, this.stage.workdir, program, ...args];
    return spawn('/usr/bin/setpriv', [...command, ...inside], { env: { ...this.stage.env, ...this.env }, stdio });
  }
}

// chroot starts in /: Node itself has to go to the working directory before it loads the program. This script is no option that the
// program would hand on to its own processes.
const ENTER = `const [dir, program, file, ...args] = process.argv.slice(1); process.chdir(dir);
process.execArgv = []; process.argv = [process.execPath, file, ...args]; import(require('node:path').resolve(file));`;

function exitOf(child) {
  return child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : child.exitCode;
}

function mount(...args) {
  execFileSync('mount', args);
}
