import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exactly, type Check, type ScenarioOptions } from './scenario.js';
import { ServerUnderTest } from './server-under-test.js';
import { Texts } from './texts.js';

const RULES = path.resolve('config/prometheus/rules.yml');
const RULES_TEST = path.resolve('config/prometheus/rules.test.yml');
const PORT = 19_090;

/** A real Prometheus scrapes a real server, and promtool judges metrics, rules and the rules' test. */
export async function prometheus(_options: ScenarioOptions): Promise<readonly Check[]> {
  if (spawnSync('promtool', ['--version']).error !== undefined) {
    throw new Error('promtool is not installed: apt-get install prometheus');
  }
  const server = await ServerUnderTest.start();
  try {
    await fetch(`${server.url}/rerank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Texts().body(3, 10),
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return [
      tool('promtool check metrics', ['check', 'metrics'], metrics),
      tool('promtool check rules', ['check', 'rules', RULES]),
      tool('promtool test rules', ['test', 'rules', RULES_TEST]),
      exactly('documents ranked, as a real Prometheus sees it', await scraped(server), '3'),
    ];
  } finally {
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

/** The value of rerank_documents_total by Prometheus' own API. */
async function scraped(server: ServerUnderTest): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-prometheus-'));
  const target = JSON.stringify(new URL(server.url).host);
  writeFileSync(
    path.join(folder, 'prometheus.yml'),
    `rule_files: [${JSON.stringify(RULES)}]\nscrape_configs:\n  - job_name: reranker\n    scrape_interval: 1s\n` +
      `    static_configs: [{ targets: [${target}] }]\n`,
  );
  const child = spawn(
    'prometheus',
    ['--config.file=prometheus.yml', `--web.listen-address=127.0.0.1:${PORT}`, '--storage.tsdb.path=data'],
    { cwd: folder, stdio: 'ignore' },
  );
  try {
    let value: string | undefined;
    await server.until(async () => (value = await query('rerank_documents_total')) !== undefined, 200);
    return value!;
  } finally {
    child.kill();
    await new Promise((resolve) => {
      child.once('exit', resolve);
    });
    rmSync(folder, { recursive: true });
  }
}

async function query(expression: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${PORT}/api/v1/query?query=${expression}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result[0]?.value[1];
  } catch {
    return undefined; // It is still starting.
  }
}
