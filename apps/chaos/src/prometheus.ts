import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts, until } from '#apps/workshop';
import { LoadClient } from './http-load.js';
import { exactly, type Check, type ScenarioOptions } from './scenario.js';
import { startPinned } from './server-under-test.js';
import { Texts } from './texts.js';

const RULES = path.resolve('config/prometheus/rules.yml');
const RULES_TEST = path.resolve('config/prometheus/rules.test.yml');
const DASHBOARD = path.resolve('config/grafana/reranker.json');
const SECONDS = 40;
/** Over which the dashboard's rates are taken here. */
const RATE_SECONDS = 20;
const READY_MS = 120_000;

/** A real Prometheus scrapes a real server under load: promtool judges metrics and rules, and every query of the dashboard has data. */
export async function prometheus({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  if (spawnSync('promtool', ['--version']).error !== undefined) {
    throw new Error('promtool is not installed: apt-get install prometheus');
  }
  const server = await startPinned();
  const scraping = await Prometheus.start(new URL(server.url).host).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const client = new LoadClient(server.url, 1);
  const texts = new Texts();
  try {
    const same = texts.text(10);
    const body = () => JSON.stringify({ query: texts.text(8), documents: [same, texts.text(10), same] });
    await client.closedLoop({ workers: 1, ms: 1000 * Math.max(RATE_SECONDS + 5, SECONDS * scale), body });
    const documents = await server.metric('rerank_documents_total');
    const hasAll = async () => (await scraping.values('rerank_documents_total'))[0] === documents;
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return [
      tool('promtool check metrics', ['check', 'metrics'], metrics),
      tool('promtool check rules', ['check', 'rules', RULES]),
      tool('promtool test rules', ['test', 'rules', RULES_TEST]),
      exactly(
        `all ${documents} documents seen by Prometheus`,
        await until(hasAll).then(
          () => 'yes',
          () => 'no',
        ),
        'yes',
      ),
      exactly('queries of the dashboard without data', await emptyQueries(scraping), 'none'),
    ];
  } finally {
    client.close();
    await scraping.stop();
    await server.stop();
  }
}

function tool(name: string, args: readonly string[], input?: string): Check {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    encoding: 'utf8',
    ...(input !== undefined && { input }),
  });
  if (status !== 0) console.error(stdout, stderr);
  return exactly(`${name}: exit code`, String(status), '0');
}

async function emptyQueries(scraping: Prometheus): Promise<string> {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const empty: string[] = [];
  for (const { title, targets = [] } of panels) {
    for (const { expr } of targets) {
      const query = expr.replaceAll(/\$(?:job|instance)/gu, '.*').replaceAll('$__rate_interval', `${RATE_SECONDS}s`);
      const values = (await scraping.values(query)).filter((value) => !Number.isNaN(value));
      if (values.length === 0) empty.push(title);
    }
  }
  return empty.join(', ') || 'none';
}

/** Scrapes one target every second. */
class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly folder: string,
    private readonly child: ReturnType<typeof spawn>,
  ) {}

  static async start(target: string): Promise<Prometheus> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-prometheus-'));
    const scrape = { job_name: 'reranker', scrape_interval: '1s', static_configs: [{ targets: [target] }] };
    writeFileSync(
      path.join(folder, 'prometheus.yml'),
      JSON.stringify({ rule_files: [RULES], scrape_configs: [scrape] }),
    );
    const [port] = await freePorts(1);
    const flags = [
      `--web.listen-address=127.0.0.1:${port}`,
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
    ];
    const child = spawn('prometheus', flags, { cwd: folder, stdio: 'ignore' });
    const started = new Prometheus(`http://127.0.0.1:${port}`, folder, child);
    const isReady = async () => (await fetch(`${started.url}/-/ready`).catch(() => undefined))?.ok === true;
    await until(isReady, {
      limitMs: READY_MS,
      hopeless: () => (child.exitCode === null ? undefined : 'Prometheus ended'),
    });
    return started;
  }

  /** Of the series that a query returns now. */
  async values(query: string): Promise<number[]> {
    const answer = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await answer.json()) as { data?: { result: { value: [number, string] }[] } };
    return (data?.result ?? []).map(({ value }) => Number(value[1]));
  }

  async stop(): Promise<void> {
    this.child.kill();
    if (this.child.exitCode === null) await once(this.child, 'exit');
    rmSync(this.folder, { recursive: true });
  }
}
