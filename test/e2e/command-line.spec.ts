import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = path.join(import.meta.dirname, '../..');
const BIN = path.join(ROOT, 'apps/cli/bin.mjs');
const RANK = path.join(ROOT, 'dist/apps/cli/src/rank.js');
const POLL_MS = 20;

const folder = temporaryFolder();

const run = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', cwd: folder });

/** Raw scores by the document's place; the file must be sorted by them. */
function scores(name: string): readonly number[] {
  const lines = readFileSync(path.join(folder, name), 'utf8').trim().split('\n');
  const ranked = lines.map((line) => JSON.parse(line) as { index: number; raw_score: number });
  const raw = ranked.map(({ raw_score }) => raw_score);
  expect(raw).toEqual(raw.toSorted((one, other) => other - one));
  return ranked.toSorted((one, other) => one.index - other.index).map(({ raw_score }) => raw_score);
}

describe('help', () => {
  it('builds and loads nothing: it is there without dist and without packages', () => {
    const bare = path.join(folder, 'bare');
    cpSync(path.join(ROOT, 'apps/cli'), path.join(bare, 'apps/cli'), { recursive: true });
    const help = (...args: string[]) =>
      execFileSync(process.execPath, [path.join(bare, 'apps/cli/bin.mjs'), ...args], { encoding: 'utf8' });
    expect(help()).toContain('rank       ranks the documents of a file');
    expect(help('serve', '--help')).toContain('--port VALUE  (PORT)');
    for (const command of ['rank', 'download', 'libtorch', 'quantise', 'verify']) {
      expect(help(command, '--help')).toContain(`qwen3-reranker ${command}`);
    }
    expect(existsSync(path.join(bare, 'dist'))).toBe(false);
  });

  it('refuses commands and options that are none', () => {
    expect(run('srve').stderr).toContain('srve is no command: expected serve, rank');
    expect(run('API_KEY=sesame').stderr).toMatch(/^API_KEY is no command/u);
    expect(run('serve', '--prot', '9000')).toMatchObject({ status: 1 });
    expect(run('serve', '--prot', '9000').stderr).toContain('--prot is no option; was --port meant?');
    expect(run('rank', 'a.txt').stderr).toContain('expected --query TEXT or --queries FILE');
    for (const command of ['libtorch', 'verify']) {
      const { status, stderr } = run(command, '--form', 'zip');
      expect(stderr).toBe(`Unknown option '--form'\n\`${command} --help\` lists the options\n`);
      expect(status).toBe(1);
    }
  });
});

describe('rank', () => {
  const settings = ['--backend', 'tfjs', '--model-check', 'off', '--log-level', 'error'];
  const DOCUMENTS = 400;

  function start(output: string) {
    const args = ['--query', 'What is machine learning?', 'documents.txt', '--output', output, ...settings];
    return spawn(process.execPath, [RANK, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function ended(child: ReturnType<typeof start>) {
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    return { code, said };
  }

  it('goes on where it was stopped, with the same result', async () => {
    const lines = Array.from(
      { length: DOCUMENTS },
      (_, index) => `Machine number ${index} learns from ${index % 7} cats.`,
    );
    writeFileSync(path.join(folder, 'documents.txt'), lines.join('\n'));
    expect(await ended(start('whole.jsonl'))).toMatchObject({ code: 0 });
    const stopped = start('parts.jsonl');
    const end = ended(stopped);
    const journal = path.join(folder, 'parts.jsonl.progress');
    const written = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length : 0);
    while (written() < 3 && stopped.exitCode === null) await sleep(POLL_MS);
    stopped.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, said: expect.stringContaining('the same command goes on from here') });
    expect(await ended(start('parts.jsonl'))).toMatchObject({
      code: 0,
      said: expect.stringContaining('going on after'),
    });
    expect(scores('whole.jsonl')).toHaveLength(DOCUMENTS);
    expect(readFileSync(path.join(folder, 'parts.jsonl'))).toEqual(readFileSync(path.join(folder, 'whole.jsonl')));
    expect(existsSync(journal)).toBe(false);
  }, 180_000);
});
