import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** The dependency law: each library, and the libraries it may import. In this order they are the way of a request. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: ['admission', 'config', 'logging', 'model-service', 'rerank', 'routes'],
  rerank: ['admission', 'batching', 'config', 'model-service', 'tokenizer'],
  admission: [],
  tokenizer: ['admission'],
  batching: ['admission'],
  'model-service': ['batching', 'engine-host', 'model-repository', 'tokenizer'],
  'engine-host': ['batching', 'engine-protocol'],
  'engine-protocol': ['batching', 'model-repository', 'tensor', 'tensor-libtorch'],
  engine: ['backends', 'batching', 'engine-protocol', 'model-repository', 'models', 'tensor'],
  models: ['tensor'],
  backends: ['tensor', 'tensor-libtorch', 'tensor-tfjs'],
  tensor: [],
  'tensor-libtorch': ['tensor'],
  'tensor-tfjs': ['tensor'],
  'model-repository': ['tensor', 'tokenizer'],
  'embedded-model': [],
  health: ['config', 'model-service', 'routes'],
  metrics: ['admission', 'batching', 'config', 'logging', 'model-service', 'rerank', 'routes'],
  routes: [],
  logging: [],
  config: ['backends'],
};

const MAY_USE_NEST = new Set(['api', 'config', 'health', 'logging', 'metrics', 'model-service', 'rerank', 'routes']);
const OUTSIDE_ONLY = ['@nestjs/', 'fastify', 'pino', 'prom-client'];

const ROOT = path.join(import.meta.dirname, '..');
const libraries = readdirSync(path.join(ROOT, 'libs'));

describe('the dependency law', () => {
  it('has a line for every library', () => {
    expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(libraries.toSorted());
  });

  it.each(libraries)('%s imports only the libraries it may', (library) => {
    const imported = importsOf(`libs/${library}`).filter((name) => name.startsWith('#'));
    const foreign = imported.map((name) => name.replace(/^#libs\//u, '')).filter((name) => name !== library);
    expect(foreign.filter((name) => !MAY_IMPORT[library]?.includes(name))).toEqual([]);
  });

  it.each(libraries.filter((name) => !MAY_USE_NEST.has(name)))('%s knows no framework', (library) => {
    const frameworks = importsOf(`libs/${library}`).filter((name) =>
      OUTSIDE_ONLY.some((prefix) => name.startsWith(prefix)),
    );
    expect(frameworks).toEqual([]);
  });

  it.each([
    ['cpu', 'device'],
    ['device', 'cpu'],
  ])('the half of the addon in %s includes nothing of the one in %s', (half, other) => {
    const folder = path.join(ROOT, 'libs/tensor-libtorch/native/src', half);
    const foreign = readdirSync(folder).filter((file) =>
      readFileSync(path.join(folder, file), 'utf8').includes(`#include "../${other}/`),
    );
    expect(foreign).toEqual([]);
  });

  it('reads process.env in the configuration library only', () => {
    const readers = sourcesOf('libs')
      .concat(sourcesOf('apps'))
      .filter((file) => !file.startsWith(path.join('libs', 'config')))
      .filter((file) => readFileSync(path.join(ROOT, file), 'utf8').includes('process.env'));
    expect(readers).toEqual([]);
  });

  it('names a backend nowhere above the backend registry', () => {
    const above = ['api', 'rerank', 'admission', 'batching', 'model-service', 'models', 'health', 'metrics'];
    const naming = above.filter((library) => importsOf(`libs/${library}`).some((name) => name.includes('tensor-')));
    expect(naming).toEqual([]);
  });

  it('calls no two exported things by one name', () => {
    const product = ['libs', 'apps/server', 'apps/engine', 'apps/cli'].flatMap((folder) => sourcesOf(folder));
    const names = product.flatMap((file) => exportedBy(file));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('reaches into no other library behind its index', () => {
    const deep = sourcesOf('libs')
      .concat(sourcesOf('apps'))
      .flatMap((file) => importsIn(file))
      .filter((name) => /^#libs\/[^/]+\//u.test(name) || /\.\.\/\.\.\/(libs|apps)\//u.test(name));
    expect(deep).toEqual([]);
  });
});

function importsOf(folder: string): string[] {
  return [...new Set(sourcesOf(folder).flatMap((file) => importsIn(file)))];
}

function importsIn(file: string): string[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  const specifiers = source.matchAll(/(?:from|import)\s*\(?\s*'(?<name>[^']+)'/gu);
  return [...specifiers].map((match) => match.groups!['name']!);
}

function exportedBy(file: string): string[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  const declarations = source.matchAll(
    /^export (?:\w+ )*?(?:const|function\*?|class|interface|type|enum) (?<name>\w+)/gmu,
  );
  return [...new Set(Array.from(declarations, (match) => match.groups!['name']!))]; // a function may have overloads
}

function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.includes('node_modules'))
    .map((name) => path.join(folder, name));
}
