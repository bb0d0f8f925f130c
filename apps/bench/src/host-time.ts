// `npm run bench -- host --base <worktree>`: what a pass costs the JavaScript thread (layout, plan, and the call that runs it) with
// this tree and with another one, built, in turns. The model has the 0.6B's layers and a fraction of its columns, of which the host
// sees nothing.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '#apps/workshop';
import type { Segment } from '#libs/tensor';
import { asInEngine } from './as-in-engine.js';
import { OFFICIAL_SHAPES } from './shapes.js';

const ROUNDS = 7;
const WARM_UP = 30;
const PASSES = 50;
const SHAPE = { ...OFFICIAL_SHAPES['tiny']!, layers: OFFICIAL_SHAPES['0.6b']!.layers };
const [PREFIX, DOCUMENTS, TOKENS] = [100, 10, 50];

const { values: options } = parseArgs({ options: { base: { type: 'string' }, measure: { type: 'string' } } });

if (options.measure === undefined) compare(options.base);
else console.log(await measure(options.measure));

function compare(base: string | undefined): void {
  const trees = [path.resolve(import.meta.dirname, '../../../..'), ...(base === undefined ? [] : [path.resolve(base)])];
  const taken = trees.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) trees.forEach((tree, index) => taken[index]!.push(inProcess(tree)));
  trees.forEach((tree, index) => console.log(`${tree}: ${median(taken[index]!).toFixed(3)} ms`));
  if (base === undefined) return;
  const ratios = taken[0]!.map((milliseconds, round) => milliseconds / taken[1]![round]!);
  console.log(`ratio: ${median(ratios).toFixed(3)}, rounds ${ratios.map((ratio) => ratio.toFixed(3)).join(' ')}`);
}

function inProcess(tree: string): number {
  return Number(execFileSync(process.execPath, [import.meta.filename, '--measure', tree], { encoding: 'utf8' }));
}

/** Median milliseconds of this thread until a pass is on its way. */
async function measure(tree: string): Promise<number> {
  asInEngine(1);
  const { createLibtorchBackend } = await from<typeof import('#libs/tensor-libtorch')>(tree, 'libs/tensor-libtorch');
  const { Qwen3Model } = await from<typeof import('#libs/models')>(tree, 'libs/models');
  const { layOut } = await from<typeof import('#libs/tensor')>(tree, 'libs/tensor');
  const { syntheticWeights } = await from<typeof import('./shapes.js')>(tree, 'apps/bench', 'shapes');
  const ops = await createLibtorchBackend({ threads: 1 });
  const model = new Qwen3Model(ops, SHAPE, await syntheticWeights(ops, SHAPE));
  const taken: number[] = [];
  for (let pass = 0; pass < WARM_UP + PASSES; pass += 1) {
    const started = performance.now();
    const scores = model.score(layOut(segments()));
    if (pass >= WARM_UP) taken.push(performance.now() - started);
    await scores;
  }
  ops.close();
  return median(taken);
}

function from<Module>(tree: string, library: string, file = 'index'): Promise<Module> {
  return import(path.join(tree, 'dist', library, 'src', `${file}.js`)) as Promise<Module>;
}

function segments(): Segment[] {
  return [
    { ids: ids(PREFIX) },
    ...Array.from({ length: DOCUMENTS }, () => ({ ids: ids(TOKENS), parent: 0, scored: true })),
  ];
}

function ids(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, token) => token);
}
