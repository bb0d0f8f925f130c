import { Instruments } from './instruments.js';

const OWN = /^rerank_/u;

/** `docs/metrics.md`: every metric of our own; those of the process and of Node come from prom-client. */
export async function metricsPage(): Promise<string> {
  const metrics = await new Instruments().registry.getMetricsAsJSON();
  const rows = metrics.flatMap(({ name, help, type }) =>
    OWN.test(name) ? [`| \`${name}\` | ${type} | ${help} |`] : [],
  );
  return [
    '# Metrics',
    '',
    'Served at `/metrics`, every series from the start, but for those of a download, which are there while it runs. Written by `npm run generate`.',
    'Beside these come `process_*` and `nodejs_*` of prom-client, the event-loop lag among them.',
    '',
    '| metric | type | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
