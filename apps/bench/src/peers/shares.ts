import { type MetricSamples, metricSamples } from '#apps/workshop';

/**
 * What takes the time of this server's requests so far, of its metrics: the engine, the tokenizer, waiting for a batch, and the
 * rest, which is HTTP and what processes say to each other.
 *
 * @param scrape The text of /metrics.
 * @returns A sentence with percentages; empty where nothing was answered yet.
 */
export function shares(scrape: string): string {
  const samples = metricSamples(scrape);
  const whole = sum(samples, 'rerank_request_seconds_sum');
  if (whole === 0) return '';
  const engine = sum(samples, 'rerank_compute_seconds_sum');
  const tokenizer = sum(samples, 'rerank_tokenize_seconds_sum');
  const queue = sum(samples, 'rerank_queue_seconds_sum');
  const percent = (seconds: number) => `${((100 * seconds) / whole).toFixed(2)} %`;
  const rest = percent(whole - engine - tokenizer - queue);
  return `of a request the engine takes ${percent(engine)}, the tokenizer ${percent(tokenizer)}, waiting ${percent(queue)}, HTTP and messages between processes ${rest}`;
}

/** Over all labels. */
function sum(samples: MetricSamples, name: string): number {
  const values = [...samples].filter(([sample]) => sample === name || sample.startsWith(`${name}{`));
  return values.reduce((total, [, value]) => total + value, 0);
}
