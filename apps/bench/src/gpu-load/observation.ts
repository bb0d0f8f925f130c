import { type CpuSeconds, cpuSecondsOf, type MetricSamples, metricSamples, type ServerProcess } from '#apps/workshop';

/** What a server, its engine and this generator have done until a moment. */
export interface Observation {
  /** Milliseconds of performance.now(). */
  readonly atMs: number;
  readonly metrics: MetricSamples;
  readonly server: CpuSeconds;
  readonly engine: CpuSeconds;
  readonly generatorSeconds: number;
}

export async function observe({ url, pid, enginePid }: ServerProcess): Promise<Observation> {
  const metrics = metricSamples(await (await fetch(`${url}/metrics`)).text());
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    metrics,
    server: cpuSecondsOf(pid),
    engine: cpuSecondsOf(enginePid),
    generatorSeconds: (user + system) / 1e6,
  };
}
