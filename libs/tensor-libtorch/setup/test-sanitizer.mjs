// `npm run check -- sanitizer [address] [thread]`: builds the addon for AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer,
// then for ThreadSanitizer; runs random batches through it, some of which fail, ends it in every way with passes in flight,
// and fails when a report has a frame of the addon.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildAddon } from './build-native.mjs';
import { ROOT } from './locate.mjs';

/** Few, for a sanitizer makes each of them slow; one in ten fails. */
const BATCHES = ['--batches', '40', '--fails-each', '10'];
/** What Node keeps for a handle or a promise until it is collected or settled: a process that ends does not wait for that. */
const SUPPRESSIONS = 'leak:napi_create_external\nleak:napi_create_promise\n';
const SUPPRESSION_FILE = path.join(ROOT, 'build/sanitizer-suppressions.txt');

/** Each frame names its module: where the source line is known, it is left out otherwise. */
const FRAMES = 'stack_trace_format="    #%n %p %F %L %M"';

const SANITIZERS = {
  address: {
    library: 'libasan.so',
    environment: {
      // Node and V8 leave memory to the end of the process: only reports that name the addon count, so all are printed.
      ASAN_OPTIONS: `detect_leaks=1:exitcode=0:halt_on_error=0:fast_unwind_on_malloc=0:${FRAMES}`,
      LSAN_OPTIONS: `suppressions=${SUPPRESSION_FILE}`,
      UBSAN_OPTIONS: `print_stacktrace=1:${FRAMES}`,
    },
  },
  thread: {
    library: 'libtsan.so',
    // OpenMP's threads meet in ways that the sanitizer does not see: with one, what is left are the addon's own.
    environment: { TSAN_OPTIONS: `exitcode=0:report_signal_unsafe=0:${FRAMES}`, OMP_THREAD_LIMIT: '1' },
  },
};

/** Scripts of apps/bench, their options, and what they print at the end. */
const RUNS = [
  { script: 'exercise', options: BATCHES, last: 'tensors left: 0 ' },
  { script: 'exercise', options: [...BATCHES, '--as-on-gpu'], last: 'tensors left: 0 ' },
  { script: 'exercise', options: [...BATCHES, '--dtype', 'bf16'], last: 'tensors left: 0 ' },
  { script: 'exercise', options: [...BATCHES, '--dtype', 'int8'], last: 'tensors left: 0 ' },
  { script: 'endings', options: ['close'], last: 'CLOSED' },
  { script: 'endings', options: ['close', '--as-on-gpu'], last: 'CLOSED' },
  { script: 'endings', options: ['worker'], last: 'terminated' },
  { script: 'endings', options: ['exit'], last: 'CLOSED' },
];

const asked = process.argv.slice(2);
for (const [name, sanitizer] of Object.entries(SANITIZERS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const folder = path.join(ROOT, `build/native-sanitizer-${name}`);
  const addon = buildAddon({ folder, definitions: [`-DSANITIZE=${name}`] });
  if (addon === undefined) break;
  writeFileSync(SUPPRESSION_FILE, SUPPRESSIONS);
  for (const run of RUNS) {
    console.log(`${name}: ${run.script} ${run.options.join(' ')}`);
    if (!isClean(sanitizer, addon, run)) process.exitCode = 1;
  }
}

function isClean({ library, environment }, addon, { script, options, last }) {
  const runtime = spawnSync('c++', [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout.trim();
  const file = path.join(ROOT, `dist/apps/bench/src/${script}.js`);
  const started = performance.now();
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, [file, '--addon', addon, ...options], {
    env: { ...process.env, OMP_WAIT_POLICY: 'passive', ...environment, LD_PRELOAD: runtime },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const reports = stderr.split(/\n(?=(?:Direct|Indirect) leak|==\d+==ERROR|WARNING: ThreadSanitizer)/u);
  const ours = reports.filter((report) => isOfAddon(report));
  const finished = signal === null && stdout.includes(last);
  console.log(stdout.trim().split('\n').at(-1));
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${reports.length - 1} reports of the sanitizers, ${ours.length} of the addon; ${seconds} s`);
  if (ours.length > 0) console.error(ours.slice(0, 5).join('\n'));
  if (!finished) console.error(`the run did not finish (${signal ?? status}): ${stderr.slice(0, 4000)}`);
  return ours.length === 0 && finished;
}

/** Whether a report has a frame of the addon; of a leak, one that no frame of V8's heap stands above. */
function isOfAddon(report) {
  if (report.includes('runtime error:')) return true;
  const frames = report.split('\n').filter((line) => /^\s*#\d/u.test(line));
  const first = frames.findIndex((frame) => frame.includes('addon.node'));
  if (first === -1) return false;
  // V8 takes memory for its heap while it makes an object for the addon, and a process that ends itself does not give it back.
  const isLeak = /^(?:Direct|Indirect) leak/u.test(report);
  return !(isLeak && frames.slice(0, first).some((frame) => frame.includes('v8::internal::')));
}
