import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');
const MOST_README_LINES = 150;

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const inFolder = (folder: string) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inFolder('docs')];

/** Commands that no test runs as they stand, by how they begin, each with the reason. */
const NOT_RUN: readonly (readonly [start: RegExp, reason: string])[] = [
  [
    /^docker (compose|push|tag|build|run|image)/u,
    'needs a Docker engine; `npm run check -- deploy` resolves compose.yaml',
  ],
  [/^(helm|kubectl)/u, 'needs a cluster; `npm run check -- deploy` renders the chart, `check cluster` installs it'],
  [/^MODEL_NAME=Qwen/u, 'downloads a real model; test/e2e/hub-download.spec.ts does it from a hub of its own'],
  [/^curl /u, 'test/e2e and test/contract send these requests'],
  [
    /^(nvidia-smi|sudo|apt|apt-get|pip|python|python3|\.venv|bash|sh|tar|scp|ssh|export|cd|cp|git|wget|xz|openssl) ?/u,
    'prepares a machine',
  ],
  [/^node (docker|libs|dist|test|tools)\//u, 'a script of this repository; its file must be there'],
  [/^npx /u, 'tools of others'],
  [/^OUT=results bash /u, 'runs on the machine with the GPU'],
  [/^npm run (bench|chaos)/u, 'measures for minutes; the programs are unit tests of their own'],
  [
    /^npm run check/u,
    'is a check itself, run by the workflow or by hand; `check model` needs the weights of a real model',
  ],
  [/^node apps\/cli\/bin\.mjs quantise/u, 'test/parity/int8-checkpoint.spec.ts runs it'],
  [/^npm run (libtorch|build:native|tfjs-node)/u, 'installs; `npm test -- --install` runs `libtorch -- --unattended`'],
];
/** `npm test` itself, what it starts with, and what test/e2e and tools/check-package.mjs call. */
const TESTED = /^npm (ci|start|test|pack|install -g|run (rank|download|generate|build|libtorch)\b)/u;

/** Phrases that a reader has to decode, each with a plain one: short sentences, usual words, the terms of the field. */
const IDIOM =
  /\b(whoever|nobody|shall|so many|what came up|of its own accord|for ever|seed service|in the words of|the words of an)\b/giu;
/** Second words for what the glossary of CONTRIBUTING.md has a word for. */
const SYNONYMS =
  /\b(log-?odds|token rows|the door|turn(?:s|ed)? away|pre-?amble|mini-?batch(?:es)?|worker process(?:es)?|accelerators?|tokenisers?)\b/giu;
const SOURCES = ['apps', 'libs', 'test', 'tools', 'docker', 'config', 'docs', '.github'];
const TEXTS = /\.(?:ts|mjs|js|py|sh|go|cc|h|cu|cuh|md|ya?ml|tpl|txt|Dockerfile)$/u;
/** Another sense of the word: nginx's user, stop words, this list. */
const OTHER_SENSE = ['apps/bench/src/replicas/nginx.ts', 'bm25.ts', 'bm25.py', 'test/documents.spec.ts'];

const { scripts: SCRIPTS } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
/** What `npm run bench`, `npm run check` and `npm test` list. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  bench: listed('apps/workshop/run.mjs', 'bench'),
  check: listed('apps/workshop/run.mjs', 'check'),
  test: listed('test/run.mjs'),
};

it('is written in plain English, in documents, comments and messages', () => {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name)),
  ).filter((file) => TEXTS.test(file) && !/node_modules|recordings|goldens/u.test(file));
  const judged = files.filter((file) => !OTHER_SENSE.some((part) => file.includes(part)));
  const found = (words: RegExp) =>
    [...judged, ...PAGES]
      .filter((file) => file !== 'CONTRIBUTING.md' || words !== SYNONYMS)
      .flatMap((file) => [...read(file).matchAll(words)].map(([phrase]) => `${file}: ${phrase}`));
  expect(found(IDIOM)).toEqual([]);
  expect(found(SYNONYMS)).toEqual([]);
});

describe('README.md, and what is said in several places', () => {
  it(`has at most ${MOST_README_LINES} lines`, () => {
    expect(read('README.md').split('\n').length - 1).toBeLessThanOrEqual(MOST_README_LINES);
  });

  it('names the ten variables that people set', () => {
    const [, passage] = /The ten variables that people set(?<names>.*?)All of them/su.exec(read('README.md')) ?? [];
    const names = [...(passage ?? '').matchAll(/`(?<name>[A-Z][A-Z_]+)`/gu)].map(({ groups }) => groups!['name']!);
    expect(names).toHaveLength(10);
    const known = read('docs/configuration.md');
    expect(names.filter((name) => !known.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('has the version of the package, as the chart, the description and the changelog do', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('libs/api/src/shared/version.ts')).toContain(`'${version}'`);
    expect(read('docs/openapi.json')).toContain(`"version": "${version}"`);
    expect(read('docker/helm/qwen3-reranker/Chart.yaml')).toContain(`appVersion: ${version}`);
    expect(read('CHANGELOG.md')).toContain(`## [${version}]`);
  });

  it('names every image by its digest and every wheel by its hash', () => {
    const named = ['docker/cpu.Dockerfile', 'docker/cuda.Dockerfile', 'compose.yaml'].flatMap((file) =>
      [...read(file).matchAll(/^(?:FROM| *image:) (?<image>\S+)/gmu)].map(({ groups }) => groups!['image']!),
    );
    const others = named.filter((image) => image !== 'scratch' && !image.startsWith('qwen3-reranker:'));
    expect(others).toHaveLength(5);
    expect(others.filter((image) => !/@sha256:[\da-f]{64}$/u.test(image))).toEqual([]);
    const wheels = read('libs/tensor-libtorch/setup/wheels.txt').split('\n');
    expect(wheels.filter((line) => !/^(?:$|#|\S+==\S+(?: --hash=sha256:[\da-f]{64})+$)/u.test(line))).toEqual([]);
  });

  it("installs the version of OpenTelemetry's SDK that the tests run with", () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
    const sdk = `@opentelemetry/sdk-node@${devDependencies['@opentelemetry/sdk-node']}`;
    const installing = ['docker/cpu.Dockerfile', 'docker/cuda.Dockerfile', 'apps/server/src/trace-requests.ts'];
    expect(installing.filter((file) => !read(file).includes(sdk))).toEqual([]);
  });

  it('says what has not been run', () => {
    expect(read('README.md')).toContain('no GPU has run it');
  });
});

it('has fifteen scripts at most: the others are behind bench, check and test', () => {
  expect(Object.keys(SCRIPTS).length).toBeLessThanOrEqual(15);
});

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('links to files that are there', () => {
    const links = [...text.matchAll(/\]\((?<target>[^)#\s]+)[^)]*\)/gu)].map(({ groups }) => groups!['target']!);
    const local = links.filter((target) => !/^[a-z]+:/u.test(target));
    const missing = local.filter((target) => !existsSync(path.join(ROOT, path.dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it('names files of the repository that are there', () => {
    const named = [...text.matchAll(/`(?<file>(?:apps|libs|test|tools|docker|config)\/[\w./-]+\.\w+)`/gu)];
    const missing = named.map(({ groups }) => groups!['file']!).filter((file) => !existsSync(path.join(ROOT, file)));
    expect(missing).toEqual([]);
  });

  it('names scripts that are there, and programs that they have', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?(?<name>[a-z][\w:-]*)/gu)].map(
      ({ groups }) => groups!['name']!,
    );
    expect(named.filter((name) => SCRIPTS[name] === undefined)).toEqual([]);
    const programs = [...text.matchAll(/npm (?:run )?(?<list>bench|check|test) -- (?<name>[a-z][a-z0-9-]*)/gu)];
    const missing = programs.filter(({ groups }) => !PROGRAMS[groups!['list']!]!.includes(groups!['name']!));
    expect(missing.map(([command]) => command)).toEqual([]);
  });

  it('has commands that a test runs, or that are listed with the reason', () => {
    expect(commandsOf(text).filter((command) => !isAccountedFor(command))).toEqual([]);
  });
});

function listed(file: string, ...list: string[]): string[] {
  const { stderr } = spawnSync(process.execPath, [path.join(ROOT, file), ...list, 'none'], { encoding: 'utf8' });
  return [...stderr.matchAll(/^ {2}(?<name>[a-z][a-z0-9-]*) {2,}/gmu)].map(({ groups }) => groups!['name']!);
}

/** The first words of each line of a shell block that are no continuation, no comment, and no variable before a command of npm. */
function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```(?:sh|bash|shell)\n(?<body>[\s\S]*?)```/gu)].map(
    ({ groups }) => groups!['body']!,
  );
  const joined = blocks
    .join('\n')
    .replaceAll(/\\\n\s*/gu, ' ')
    .replaceAll(/'[^']*'/gu, "'…'");
  const lines = joined.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function isAccountedFor(command: string): boolean {
  const plain = command.replace(/^(?:[A-Z_]+=\S+ )+(?=npm )/u, '');
  if (TESTED.test(plain)) return true;
  const script = /^node (?<file>[\w/.-]+\.mjs)/u.exec(plain)?.groups?.['file'];
  if (script !== undefined && !existsSync(path.join(ROOT, script))) return false;
  return NOT_RUN.some(([start]) => start.test(command) || start.test(plain));
}
