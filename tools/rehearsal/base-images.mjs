// What stands in for the images that the Dockerfiles start from, made once and kept.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { LENT_CERTIFICATES } from './dockerfile.mjs';

const NODE = `node-linux-${process.arch}@24.9.0`;
const NPM = 'npm@11.6.0';

export class BaseImages {
  constructor(folder) {
    this.folder = folder;
  }

  /** The folder with the contents of an image. */
  folderOf(image) {
    const release = /^node:24[\d.]*-(bookworm|trixie)-slim(?:@|$)/u.exec(image)?.[1];
    if (release !== undefined) return this.once(`node-${release}`, (place) => this.node(place, release));
    // Of the toolkit's own files the build needs none: kernels are compiled where the GPU is.
    if (/^nvidia\/cuda:12\.6\.\d+-devel-ubuntu/u.test(image)) return this.debian('bookworm');
    throw new Error(`no stand-in for ${image}`);
  }

  /** Leaves the archive's address in the folder, for the steps that install more. */
  debian(release) {
    return this.once(release, (place) =>
      execFileSync('debootstrap', ['--variant=minbase', release, place, ...archiveOfApt()], { stdio: 'inherit' }),
    );
  }

  /** Node and npm from their packages of the npm registry. */
  node(place, release) {
    execFileSync('cp', ['-a', this.debian(release), place]);
    this.unpack(NODE, path.join(place, 'usr/local'));
    this.unpack(NPM, path.join(place, 'usr/local/lib/node_modules/npm'));
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', path.join(place, 'usr/local/bin/npm'));
  }

  /** One that was interrupted does not count. */
  once(name, make) {
    const place = path.join(this.folder, name);
    if (existsSync(place)) return place;
    mkdirSync(this.folder, { recursive: true });
    const unfinished = `${place}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    make(unfinished);
    renameSync(unfinished, place);
    return place;
  }

  unpack(spec, target) {
    const temporary = mkdtempSync(path.join(this.folder, 'pack-'));
    const archive = execFileSync('npm', ['pack', '--silent', spec], { cwd: temporary, encoding: 'utf8' }).trim();
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['xzf', path.join(temporary, archive), '--strip-components=1', '-C', target]);
    rmSync(temporary, { recursive: true });
  }
}

/** The archive that apt uses on this machine. */
function archiveOfApt() {
  const policy = execFileSync('apt-cache', ['policy'], { encoding: 'utf8' });
  const address = /(https?:\/\/\S+\/debian) \w+\/main/u.exec(policy)?.[1];
  return address === undefined ? [] : [address];
}

/** For the commands of RUN. */
export function stepEnvironment() {
  const certificates = ['NODE_EXTRA_CA_CERTS', 'npm_config_cafile', 'PIP_CERT'];
  return {
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    npm_config_globalconfig: '/etc/npmrc',
    ...(process.env.NODE_EXTRA_CA_CERTS !== undefined &&
      Object.fromEntries(certificates.map((name) => [name, LENT_CERTIFICATES]))),
  };
}
