import { parseArgs } from 'node:util';
import { markdownTable, type ServerProcess } from '#apps/workshop';
import { describeEnvironment } from './load/environment.js';
import { parseWorkload } from './load/request-maker.js';
import { ReplicaSet, type ReplicaLoad, type ReplicaRun } from './replicas/replica-set.js';

// npm run bench -- replicas: several servers on this machine behind nginx, and what callers see when one of them goes away.
// Ends with 1 when a request failed that nginx could have sent to another replica.
const { values: options } = parseArgs({
  options: {
    replicas: { type: 'string', default: '1,2,3' },
    model: { type: 'string', default: 'embedded' },
    workload: { type: 'string', default: '20x50' },
    callers: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '15' },
    // Of each replica's engine: with one, two replicas want two cores.
    threads: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});

interface Incident {
  readonly name: string;
  readonly retries: boolean;
  readonly event: (replica: ServerProcess) => Promise<unknown>;
}

const INCIDENTS: readonly Incident[] = [
  { name: 'server killed (SIGKILL)', retries: true, event: (replica) => replica.stop('SIGKILL') },
  { name: 'server killed, nginx told not to retry', retries: false, event: (replica) => replica.stop('SIGKILL') },
  { name: 'server drained (SIGTERM)', retries: true, event: (replica) => replica.stop() },
  {
    name: 'engine killed (SIGKILL)',
    retries: true,
    event: async ({ enginePid }) => void process.kill(enginePid, 'SIGKILL'),
  },
];

const load: ReplicaLoad = {
  workload: parseWorkload(options.workload),
  callers: Number(options.callers),
  seconds: Number(options.seconds),
  seed: Number(options.seed),
};
const counts = options.replicas.split(',').map(Number);
let failed = 0;

const { cpu, cores, system, node, loadBefore } = describeEnvironment();
console.log(`${cpu}, ${cores} cores, ${system}, Node ${node}; load average before: ${loadBefore}
${options.callers} callers, ${options.workload}, ${options.seconds} s each; ${options.threads} thread(s) for each engine
`);
const rows: string[][] = [];
for (const replicas of counts) {
  const { figures, shares } = await measure(replicas, true);
  const whole = [replicas, figures.documentsPerSecond, figures.p50Ms, figures.p95Ms].map((value) => value.toFixed(0));
  rows.push([...whole, failures(figures), balance(shares)]);
}
console.log(markdownTable(['replicas', 'documents/s', 'p50 ms', 'p95 ms', 'failed', 'answered by each'], rows));
const most = Math.max(2, ...counts);
const columns = ['answered', 'failed', 'retried', 'p95 ms', 'longest ms'];
const incidents: string[][] = [];
for (const { name, retries, event } of INCIDENTS) {
  const { figures, shares } = await measure(most, retries, event);
  if (retries) failed += countOf(figures);
  const answered = figures.requests - countOf(figures);
  const numbers = [shares.retried, figures.p95Ms, figures.maxMs].map((value) => value.toFixed(0));
  incidents.push([name, String(answered), failures(figures), ...numbers]);
}
console.log(`\n${markdownTable([`of ${most} replicas, one after a third of the time`, ...columns], incidents)}`);
process.exitCode = failed === 0 ? 0 : 1;

async function measure(replicas: number, retries: boolean, event?: Incident['event']): Promise<ReplicaRun> {
  const { model, threads } = options;
  const set = await ReplicaSet.start({ model, replicas, threads: Number(threads), retries });
  try {
    return await set.run(load, event);
  } finally {
    await set.stop();
  }
}

function countOf({ errors }: ReplicaRun['figures']): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

function failures(figures: ReplicaRun['figures']): string {
  const kinds = Object.entries(figures.errors).map(([outcome, count]) => `${count} × ${outcome}`);
  return kinds.length === 0 ? '0' : kinds.join(', ');
}

function balance({ answered }: ReplicaRun['shares']): string {
  const all = answered.reduce((sum, count) => sum + count, 0);
  return answered.map((count) => `${((100 * count) / all).toFixed(0)} %`).join(', ');
}
