import { spawn, spawnSync, type SpawnSyncOptions } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { isAlive, until } from '#apps/workshop';
import { folderOfTest } from '../support/temporary-folder.js';

const ROOT = path.join(import.meta.dirname, '../..');
const LONG_AGO = new Date(0);
const LIMIT_MS = 60_000;

/** Starts a compiler that never ends, and tells both numbers in the folder that it should fill. */
const SLOW_COMPILER = `#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
const folder = process.argv[process.argv.indexOf('--outDir') + 1];
const child = spawn('sleep', ['600']);
mkdirSync(folder);
writeFileSync(folder + '/.writing', JSON.stringify([process.pid, child.pid]));
renameSync(folder + '/.writing', folder + '/pids');
`;

let clone: string;

beforeEach(() => {
  clone = path.join(folderOfTest(), 'clone');
  cpSync(path.join(ROOT, 'apps/cli'), path.join(clone, 'apps/cli'), { recursive: true });
  for (const name of ['libs', 'apps/server/src']) mkdirSync(path.join(clone, name), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'));
  const compilerOptions = { rootDir: '.', module: 'nodenext', types: ['node'], incremental: true, sourceMap: true };
  const start = 'exec node apps/cli/bin.mjs serve';
  write('package.json', JSON.stringify({ type: 'module', scripts: { start } }));
  write('tsconfig.json', '{}');
  write('tsconfig.build.json', JSON.stringify({ compilerOptions, include: ['apps/server'] }));
  write('apps/server/src/main.ts', "console.log('it runs');");
});

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(clone, name)), { recursive: true });
  writeFileSync(path.join(clone, name), text);
}

function serve(options: SpawnSyncOptions = {}) {
  return spawnSync(process.execPath, [path.join(clone, 'apps/cli/bin.mjs'), 'serve'], { ...options, encoding: 'utf8' });
}

const built = { status: 0, stderr: expect.stringContaining('building') as string };
const asideFolders = () => readdirSync(clone).filter((name) => name.startsWith('.dist-'));

describe(
  'a build',
  () => {
    it('is made where that is needed, for every user of the machine', () => {
      const before = process.umask(0o022);
      try {
        expect(serve()).toMatchObject({ ...built, stdout: 'it runs\n' });
      } finally {
        process.umask(before);
      }
      expect(statSync(path.join(clone, 'dist')).mode & 0o777).toBe(0o755);
      expect(asideFolders()).toEqual([]);
      expect(serve()).toMatchObject({ stdout: 'it runs\n', stderr: '' });
    });

    it('names files that are there where an error has a stack', () => {
      write('apps/server/src/main.ts', "\nconsole.log(new Error('here').stack);");
      expect(serve().stdout).toContain(`${path.join(clone, 'apps/server/src/main.ts')}:2:`);
    });

    it('follows a source that is put there with an old time, moved, or removed', () => {
      const source = (name: string) => path.join(clone, 'apps/server/src', name);
      write('one.ts', '');
      utimesSync(path.join(clone, 'one.ts'), LONG_AGO, LONG_AGO);
      expect(serve()).toMatchObject(built);
      const changes = [
        () => renameSync(path.join(clone, 'one.ts'), source('one.ts')),
        () => renameSync(source('one.ts'), source('two.ts')),
        () => rmSync(source('two.ts')),
      ];
      for (const change of changes) {
        change();
        expect(serve()).toMatchObject(built);
        expect(serve().stderr).toBe('');
      }
    });

    it('removes what a killed one has left, and not what another is making', () => {
      for (const name of ['.dist-left', '.dist-new']) mkdirSync(path.join(clone, name));
      utimesSync(path.join(clone, '.dist-left'), LONG_AGO, LONG_AGO);
      expect(serve()).toMatchObject(built);
      expect(asideFolders()).toEqual(['.dist-new']);
    });

    const node = [process.execPath, 'apps/cli/bin.mjs', 'serve'];
    it.each([
      ['SIGINT', node, 130],
      ['SIGTERM', node, 143],
      ['SIGHUP', node, 129],
      // npm ends by it and passes nothing on.
      ['SIGHUP', ['npm', 'start'], null],
    ] as const)('that %s stops leaves nothing behind: %j', async (signal, [command, ...args], status) => {
      rmSync(path.join(clone, 'node_modules'));
      for (const name of ['.bin/tsc', '@types/node/package.json']) write(`node_modules/${name}`, SLOW_COMPILER);
      chmodSync(path.join(clone, 'node_modules/.bin/tsc'), 0o755);
      const stopped = spawn(command, args, { cwd: clone, stdio: 'ignore' });
      const pidsFile = () => asideFolders().map((name) => path.join(clone, name, 'pids'))[0] ?? '';
      await until(() => existsSync(pidsFile()), { limitMs: LIMIT_MS });
      const pids = JSON.parse(readFileSync(pidsFile(), 'utf8')) as number[];
      onTestFinished(() => pids.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL')));
      stopped.kill(signal);
      expect(await once(stopped, 'exit')).toEqual(status === null ? [null, signal] : [status, null]);
      await until(() => asideFolders().length === 0 && !pids.some(isAlive), { limitMs: 20_000 });
    });
  },
  LIMIT_MS,
);

describe(
  'a start that cannot be',
  () => {
    it('for a checkout without dist/ that cannot be written says so', () => {
      // Who may do everything writes there too.
      const isRoot = process.getuid?.() === 0;
      chmodSync(path.dirname(clone), 0o755);
      chmodSync(clone, 0o555);
      const { status, stderr } = serve(isRoot ? { uid: 65_534, gid: 65_534 } : {});
      chmodSync(clone, 0o755);
      expect(stderr).toMatch(
        /^dist\/ is missing .*clone cannot be written: make it writable for this user, or build .*\n$/u,
      );
      expect(status).toBe(1);
    });

    it.each([
      ['without packages', "import 'absent-package';", 'the package absent-package is not installed: run `npm ci`\n'],
      [
        'with a dist/ that lacks a folder',
        "import '../../lost/main.js';",
        '/dist/apps/lost/main.js is missing: remove dist/',
      ],
    ])('%s says what to do', (_how, text, said) => {
      serve();
      write('dist/apps/server/src/main.js', text);
      const { status, stderr } = serve();
      expect(stderr).toContain(said);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(status).toBe(1);
    });
  },
  LIMIT_MS,
);
