import { parseArgs } from 'node:util';
import { pinSelf } from './server-under-test.js';
import { markdownTable } from '#apps/workshop';
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
  const checks = await SCENARIOS[name]!({ ...values, scale: Number(values.scale) });
  failed += checks.filter(({ ok }) => !ok).length;
  const rows = checks.map(({ name: what, figure, bar, ok }) => [what, figure, bar, ok ? 'ok' : 'MISSED']);
  console.log(`\n## ${name}\n\n${markdownTable(['figure', 'value', 'bar', ''], rows)}`);
}
process.exit(failed === 0 ? 0 : 1);
