/** The samples of a scrape by their names, labels included, as the text writes them. */
export type MetricSamples = ReadonlyMap<string, number>;

/** Reads the text format of Prometheus without timestamps, which is what the server writes. */
export function metricSamples(text: string): MetricSamples {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** Throws on a name that the scrape does not have: a figure of nothing would look like one. */
export function sampleOf(samples: MetricSamples, name: string): number {
  const value = samples.get(name);
  if (value === undefined) throw new Error(`the server has no metric ${name}`);
  return value;
}
