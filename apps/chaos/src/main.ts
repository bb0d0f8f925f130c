import { parseArgs } from 'node:util';
import { ceiling } from './ceiling.js';
import { disconnect } from './disconnect.js';
import { drain } from './drain.js';
import { kill, stop } from './engine-faults.js';
import { fairness } from './fairness.js';
import { fuzz } from './fuzz.js';
import { hostile } from './hostile/hostile.js';
import { logs } from './logs.js';
import { overload } from './overload.js';
import { priority } from './priority.js';
import { prometheus } from './prometheus.js';
import { refusal } from './refusal.js';
import type { Scenario } from './scenario.js';
import { pinSelf } from './server-under-test.js';
import { soak } from './soak.js';

// npm run chaos -- fairness|overload|...|all [--scale 0.1] [--leak] [--engine stub] [--only TEXT]
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  fairness,
  overload,
  priority,
  ceiling,
  disconnect,
  kill,
  stop,
  drain,
  fuzz,
  hostile,
  logs,
  prometheus,
  refusal,
  soak,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    leak: { type: 'boolean', default: false },
    engine: { type: 'string' },
    only: { type: 'string' },
  },
});
const names = positionals.includes('all') ? Object.keys(SCENARIOS) : positionals;
const unknown = names.filter((name) => SCENARIOS[name] === undefined);
if (names.length === 0 || unknown.length > 0) {
  console.error(`name one or more of: ${Object.keys(SCENARIOS).join(', ')}, all`);
  process.exit(2);
}
pinSelf();
let failed = 0;
for (const name of names) {
  console.log(`\n## ${name}\n\n| figure | value | bar | |\n| --- | --- | --- | --- |`);
  for (const check of await SCENARIOS[name]!({ ...values, scale: Number(values.scale) })) {
    failed += check.ok ? 0 : 1;
    console.log(`| ${check.name} | ${check.figure} | ${check.bar} | ${check.ok ? 'ok' : 'MISSED'} |`);
  }
}
process.exit(failed === 0 ? 0 : 1);
