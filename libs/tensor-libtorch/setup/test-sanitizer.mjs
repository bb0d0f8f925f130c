// `npm run test:sanitizer`: builds the addon for AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer, runs random
// batches through it, and fails when a report has a frame of the addon.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildAddon } from './build-native.mjs';
import { ROOT } from './locate.mjs';

const BATCHES = 300;
/** Node's own wrapper of a handle: freed when the handle is collected, which a process that ends does not wait for. */
const SUPPRESSIONS = 'leak:napi_create_external\n';
const SUPPRESSION_FILE = path.join(ROOT, 'build/native-sanitizer/suppressions.txt');
const OPTIONS = {
  // Node and V8 leave memory to the end of the process: only reports that name the addon count, so all are printed.
  ASAN_OPTIONS: 'detect_leaks=1:exitcode=0:halt_on_error=0:fast_unwind_on_malloc=0',
  LSAN_OPTIONS: `suppressions=${SUPPRESSION_FILE}`,
  UBSAN_OPTIONS: 'print_stacktrace=1',
  OMP_WAIT_POLICY: 'passive',
};

const addon = buildAddon({ folder: path.join(ROOT, 'build/native-sanitizer'), definitions: ['-DSANITIZE=ON'] });
if (addon !== undefined) {
  writeFileSync(SUPPRESSION_FILE, SUPPRESSIONS);
  for (const options of [[], ['--as-on-gpu']]) exercise(addon, options);
}

function exercise(file, options) {
  const runtime = spawnSync('c++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim();
  const script = path.join(ROOT, 'dist/apps/bench/src/exercise.js');
  const { stdout, stderr, signal } = spawnSync(
    process.execPath,
    [script, '--addon', file, '--batches', String(BATCHES), ...options],
    {
      env: { ...process.env, ...OPTIONS, LD_PRELOAD: runtime },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  );
  const reports = stderr.split(/\n(?=(?:Direct|Indirect) leak|==\d+==ERROR)/u);
  const ours = reports.filter((report) => report.includes('addon.node') || report.includes('runtime error:'));
  const finished = stdout.includes('tensors left: 0 ');
  console.log(stdout.trim().split('\n').at(-1));
  console.log(`${reports.length - 1} reports of the sanitizers, ${ours.length} with a frame of the addon`);
  if (ours.length > 0) console.error(ours.slice(0, 5).join('\n'));
  if (!finished) console.error(`the run did not finish (${signal ?? 'no signal'}): ${stderr.slice(0, 4000)}`);
  if (ours.length > 0 || !finished) process.exitCode = 1;
}
