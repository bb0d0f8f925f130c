import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { betterCoreType } from './blas-kernels.js';
import { addonFile } from './native-binding.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface Answer {
  /** What OpenBLAS takes when it is left alone; empty where the products are another library's. */
  readonly kernels: string;
  /** The library as the loader finds it; the addon where it is a part of libtorch. */
  readonly library: string;
}

interface KeptAnswer extends Answer {
  /** Of addon, library and processor: the answer holds while all are the same. */
  readonly state: string;
}

const ASK_MS = 30_000;
/** Loads what the engine will load. The report names libraries before links are followed. */
const ASK = `
  const addon = process.argv[1];
  const { kernels } = require(addon).blas();
  process.report.excludeNetwork = true;
  const loaded = process.report.getReport().sharedObjects;
  const library = loaded.find((file) => /lib(?:open)?blas[^/]*$/.test(file)) ?? addon;
  console.log(JSON.stringify({ kernels, library }));
`;
/** For an installation that cannot be written to. */
const answers = new Map<string, KeptAnswer>();

/**
 * The variable that makes OpenBLAS take the kernels that this processor deserves, for the environment of a process that has yet
 * to load it. Empty where it takes them by itself, where the user chose, and where there is no OpenBLAS. The first call on a
 * machine loads the library in a process of its own, which takes a second.
 */
export function blasEnvironment(environment: Environment, addon = addonFile()): Record<string, string> {
  // OpenBLAS has such kernels for other processors too, but only those of x86-64 rise in steps that flags tell.
  if (
    environment['OPENBLAS_CORETYPE'] ||
    addon === undefined ||
    process.platform !== 'linux' ||
    process.arch !== 'x64'
  ) {
    return {};
  }
  const [processor] = readFileSync('/proc/cpuinfo', 'utf8').split('\n\n');
  const flags = new Set(/^flags\s*: (.*)$/mu.exec(processor!)?.[1]?.split(' '));
  const taken = kernelsTaken(addon, environment, processor!);
  const better = taken === undefined ? undefined : betterCoreType(taken, flags);
  return better === undefined ? {} : { OPENBLAS_CORETYPE: better };
}

function kernelsTaken(addon: string, environment: Environment, processor: string): string | undefined {
  const file = path.join(path.dirname(addon), 'blas-kernels.json');
  const kept = answers.get(addon) ?? read(file);
  if (kept !== undefined && kept.state === stateOf([addon, kept.library], processor)) return kept.kernels;
  const answer = ask(addon, environment);
  if (answer === undefined) return undefined;
  const keeping = { ...answer, state: stateOf([addon, answer.library], processor) };
  answers.set(addon, keeping);
  attempt(() => writeFileSync(file, JSON.stringify(keeping)));
  return answer.kernels;
}

function ask(addon: string, environment: Environment): Answer | undefined {
  const { stdout } = spawnSync(process.execPath, ['-e', ASK, addon], {
    env: environment,
    encoding: 'utf8',
    timeout: ASK_MS,
  });
  return attempt(() => JSON.parse(stdout) as Answer); // An addon that does not load says so when it is opened.
}

function read(file: string): KeptAnswer | undefined {
  return attempt(() => JSON.parse(readFileSync(file, 'utf8')) as KeptAnswer);
}

/** Which files these are, and what names the processor. An addon that is built anew may load another library. */
function stateOf(files: readonly string[], processor: string): string {
  const names = [...processor.matchAll(/^(?:cpu family|model|stepping|flags)\s*: (.*)$/gmu)].map(([, value]) => value);
  return [...files.map((file) => identityOf(file)), ...names].join(' ');
}

function identityOf(name: string): string {
  const file = attempt(() => realpathSync(name)) ?? name;
  const { size, mtimeMs } = attempt(() => statSync(file)) ?? { size: 0, mtimeMs: 0 };
  return [file, size, mtimeMs].join(' ');
}

function attempt<Value>(task: () => Value): Value | undefined {
  try {
    return task();
  } catch {
    return undefined;
  }
}
