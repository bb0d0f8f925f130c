// The part of the Dockerfile language that our Dockerfiles use, read and carried out in plain folders.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** [{ keyword, rest }] with continued lines joined and comments gone. */
export function instructionsOf(file) {
  const text = readFileSync(file, 'utf8')
    .replaceAll(/^\s*#.*\n/gmu, '')
    .replaceAll(/\\\n\s*/gu, '');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ keyword: line.split(' ', 1)[0], rest: line.slice(line.indexOf(' ') + 1).trim() }));
}

/** Stages as folders: `bases` maps an image to a folder with its contents; RUN happens by chroot. */
export class Stages {
  constructor({ folder, bases, context, runEnvironment }) {
    Object.assign(this, { folder, bases, context, runEnvironment });
    this.roots = new Map();
  }

  /** Returns the last stage: { root, env, workdir, user, entrypoint, cmd, healthcheck }. */
  carryOut(instructions) {
    let stage;
    for (const [index, { keyword, rest }] of instructions.entries()) {
      console.log(`${keyword} ${rest}`.slice(0, 160));
      if (keyword === 'FROM') stage = this.from(rest, layerOf(instructions.slice(index)));
      else this.perform(stage, keyword, rest);
    }
    return stage;
  }

  /** What a stage does before its first COPY depends on nothing here: it is kept, as an engine keeps a layer. */
  from(rest, layer) {
    const [image, , name = 'last'] = rest.split(/\s+/u);
    const root = path.join(this.folder, name);
    const kept = path.join(this.folder, `layer-${layer}`);
    const isKept = existsSync(kept);
    rmSync(root, { recursive: true, force: true });
    if (image === 'scratch') mkdirSync(root, { recursive: true });
    else execFileSync('cp', ['-a', isKept ? kept : this.bases(image), root]);
    this.roots.set(name, root);
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    return { root, env, workdir: '/', isKept, keep: image === 'scratch' || isKept ? undefined : kept };
  }

  perform(stage, keyword, rest) {
    if (keyword === 'COPY') this.copyKeeping(stage, rest);
    else if (keyword !== 'RUN') settle(stage, keyword, rest);
    else if (!stage.isKept) this.run(stage, rest);
  }

  copyKeeping(stage, rest) {
    if (stage.keep !== undefined) execFileSync('cp', ['-a', stage.root, stage.keep]);
    Object.assign(stage, { keep: undefined, isKept: false });
    this.copy(stage, rest);
  }

  copy(stage, rest) {
    const words = rest.split(/\s+/u);
    const from = words[0].startsWith('--from=') ? words.shift().slice('--from='.length) : undefined;
    const target = path.resolve(stage.root, `.${path.resolve(stage.workdir, words.pop())}`);
    mkdirSync(target, { recursive: true });
    if (from === undefined) return this.context(words, target);
    for (const word of words) execFileSync('cp', ['-a', `${path.join(this.roots.get(from), word)}/.`, target]);
    return undefined;
  }

  /** How this machine reaches its registries is lent for the time of a step and is no part of the image. */
  run(stage, command) {
    const takeBack = lendAll(stage.root);
    try {
      const inside = `cd ${stage.workdir} && ${command}`;
      execFileSync('chroot', [stage.root, '/bin/sh', '-c', inside], {
        env: { ...this.runEnvironment, ...stage.env },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
    } finally {
      takeBack();
    }
  }
}

/** Instructions that say how later steps, or the container, run. */
function settle(stage, keyword, rest) {
  const settings = {
    WORKDIR() {
      stage.workdir = rest;
      mkdirSync(path.join(stage.root, rest), { recursive: true });
    },
    ENV() {
      for (const [, name, quoted, plain] of rest.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/gu))
        stage.env[name] = (quoted ?? plain).replaceAll(/\$(\w+)/gu, (_, used) => stage.env[used] ?? '');
    },
    USER: () => Object.assign(stage, { user: rest }),
    ENTRYPOINT: () => Object.assign(stage, { entrypoint: JSON.parse(rest) }),
    CMD: () => Object.assign(stage, { cmd: JSON.parse(rest) }),
    HEALTHCHECK: () => Object.assign(stage, { healthcheck: JSON.parse(rest.slice(rest.indexOf('['))) }),
    EXPOSE() {},
  };
  if (settings[keyword] === undefined)
    throw new Error(`${keyword} is not carried out here: teach ${import.meta.filename}`);
  settings[keyword]();
}

/** Where a step finds the certificates of the registries, outside of what the image copies. */
export const LENT_CERTIFICATES = '/run/lent-certificates.crt';
const SAME_PLACE = [
  '/proc',
  '/dev',
  '/sys',
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/apt/apt.conf.d',
  '/etc/apt/auth.conf.d',
  '/etc/npmrc',
  '/etc/pip.conf',
  '/root/.npmrc',
];
const LENT = [...SAME_PLACE.map((name) => [name, name]), [process.env.NODE_EXTRA_CA_CERTS ?? '', LENT_CERTIFICATES]];

/** For the steps of a while in a folder that is a root; call what it answers at their end. */
export function lendAll(root) {
  const lent = LENT.filter(([outside]) => existsSync(outside));
  for (const [outside, inside] of lent) lend(outside, path.join(root, inside));
  return () => {
    for (const [, inside] of lent) execFileSync('umount', ['--recursive', '--lazy', path.join(root, inside)]);
  };
}

function lend(outside, place) {
  if (statSync(outside).isDirectory()) mkdirSync(place, { recursive: true });
  else if (!existsSync(place)) writeFileSync(place, '');
  // A slave: what is unmounted here later stays mounted on this machine.
  execFileSync('mount', ['--rbind', '--make-rslave', outside, place]);
}

/** A name for the stage up to its first COPY. */
function layerOf(instructions) {
  const end = instructions.findIndex(({ keyword }) => keyword === 'COPY');
  const text = JSON.stringify(instructions.slice(0, end));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
