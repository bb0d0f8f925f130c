import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ASKED } from '../asked.js';
import { KEY } from '../context.js';
import { serverForAll } from '../server-context.js';

const ROOT = path.join(import.meta.dirname, '../../..');
const DESCRIPTION = path.join(ROOT, 'docs/openapi.json');
const PROGRAMS = path.join(import.meta.dirname, 'openapi');
/** Where the packages of npm are, so that what is generated finds them. */
const MODULES = path.join(ROOT, 'build/npm-clients');
const PYTHON = path.join(ROOT, 'build/python-clients/openapi');
const TYPESCRIPT = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false'];
const GENERATE_SECONDS = 300;

const context = serverForAll();

it(
  'compiles as a TypeScript client, which reranks',
  async () => {
    const folder = path.join(MODULES, 'generated');
    mkdirSync(folder, { recursive: true });
    const tool = (name: string) => path.join(MODULES, 'node_modules/.bin', name);
    execFileSync(tool('openapi-typescript'), [DESCRIPTION, '-o', path.join(folder, 'schema.d.ts')]);
    const program = path.join(folder, 'rerank.ts');
    copyFileSync(path.join(PROGRAMS, 'rerank.ts.txt'), program);
    execFileSync(tool('tsc'), [...TYPESCRIPT, program], { stdio: ['ignore', 'inherit', 'inherit'] });
    await expectReranks(process.execPath, [path.join(folder, 'rerank.js')]);
  },
  GENERATE_SECONDS * 1000,
);

it(
  'makes a Python client, which reranks',
  async () => {
    const generated = path.join(PYTHON, 'generated');
    const generate = ['generate', '--path', DESCRIPTION, '--output-path', generated, '--overwrite', '--meta', 'none'];
    const told = execFileSync(path.join(PYTHON, 'bin/openapi-python-client'), generate, { encoding: 'utf8' });
    expect(told).not.toContain('will not be generated');
    await expectReranks(path.join(PYTHON, 'bin/python'), [path.join(PROGRAMS, 'rerank.py')]);
  },
  GENERATE_SECONDS * 1000,
);

/** Through the native path, Cohere's and TEI's. */
async function expectReranks(command: string, args: readonly string[]): Promise<void> {
  const asked = [context.server.url, KEY, JSON.stringify(ASKED)];
  const { stdout } = await promisify(execFile)(command, [...args, ...asked], { env: { PYTHONPATH: PYTHON } });
  const ranked = context.expected.map(({ index, score }) => [index, expect.closeTo(score, 6)]);
  expect(JSON.parse(stdout)).toEqual({
    native: ranked,
    cohere: ranked,
    tei: ranked,
    refused: 'query must not be blank',
  });
}
