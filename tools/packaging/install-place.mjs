// Where a package is installed to be tried: an empty folder, or a Debian that has Node and nothing else.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BaseImages, stepEnvironment } from '../rehearsal/base-images.mjs';
import { lendAll } from '../rehearsal/dockerfile.mjs';

const REHEARSAL = path.join(import.meta.dirname, '../../build/rehearsal');
const COMPILERS = ['cc', 'c++', 'gcc', 'g++', 'clang', 'cmake', 'make', 'ninja', 'python3'];

/** Commands run in `folder`. */
class InstallPlace {
  run(...words) {
    const { program, args, options } = this.call(words);
    const { status, stdout, stderr } = spawnSync(program, args, { ...options, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  start(...words) {
    const { program, args, options } = this.call(words);
    return spawn(program, args, { ...options, stdio: 'ignore' });
  }

  add(file) {
    copyFileSync(file, path.join(this.folder, path.basename(file)));
  }
}

export class EmptyFolder extends InstallPlace {
  folder = mkdtempSync(path.join(os.tmpdir(), 'package-'));

  call([program, ...args]) {
    return { program, args, options: { cwd: this.folder } };
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Commands run by chroot, so as root; Debian is made by debootstrap, once. */
export class BareDebian extends InstallPlace {
  root = mkdtempSync(path.join(os.tmpdir(), 'debian-'));
  folder = path.join(this.root, 'app');

  constructor() {
    super();
    const base = new BaseImages(REHEARSAL).folderOf('node:24-bookworm-slim');
    execFileSync('cp', ['-a', `${base}/.`, this.root]);
    mkdirSync(this.folder);
    for (const tool of COMPILERS) this.run('sh', '-c', `! command -v ${tool}`);
    this.takeBack = lendAll(this.root);
  }

  call(words) {
    const args = [this.root, '/bin/sh', '-c', 'cd /app && exec "$@"', 'sh', ...words];
    return {
      program: '/usr/sbin/chroot',
      args,
      options: { env: { ...stepEnvironment(), PATH: '/usr/local/bin:/usr/bin:/bin' } },
    };
  }

  remove() {
    this.takeBack?.();
    rmSync(this.root, { recursive: true, force: true });
  }
}
