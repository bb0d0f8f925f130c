import { PRIORITY_CLASSES, REJECTION_REASONS } from '#libs/admission';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** From a cache hit on a GPU to a thousand long documents on a CPU. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const BATCH_TOKENS = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768];
const FILL = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1];
const DOCUMENTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Gauges with the name of a counter, which promtool refuses; the last comes by type without the suffix. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
/** Lists of objects that `nodejs_active_resources` counts too: with 2,000 connections four of a scrape's ten milliseconds. */
const COSTLY = ['nodejs_active_handles', 'nodejs_active_requests'];

/** Every metric name, help text, label and bucket list, and nowhere else. One registry per server. */
export class Instruments {
  readonly registry = new Registry();

  readonly requests = this.counter('rerank_requests_total', 'HTTP answers by dialect and status.', [
    'dialect',
    'status',
  ]);
  readonly requestSeconds = this.seconds('rerank_request_seconds', 'Time from the request to its answer.', ['dialect']);
  readonly documents = this.counter('rerank_documents_total', 'Documents ranked.');
  readonly requestDocuments = this.histogram(
    'rerank_request_documents',
    'Documents per request, those of all its queries together.',
    DOCUMENTS,
  );
  readonly truncations = this.counter('rerank_truncated_documents_total', 'Documents cut to the model length.');
  readonly truncatedQueries = this.counter('rerank_truncated_queries_total', 'Queries cut for a document to fit.');
  readonly duplicates = this.counter(
    'rerank_duplicate_documents_total',
    'Documents that equalled another of their request.',
  );
  readonly unwrapped = this.counter(
    'rerank_unwrapped_requests_total',
    "Requests whose texts came in the model's own prompt, which was taken off.",
  );
  readonly modelCheckFailed = this.gauge(
    'rerank_model_check_failed',
    '1 when the model put certain pairs in the wrong order or scored everything alike (`MODEL_CHECK`).',
  );
  readonly tokenizeSeconds = this.seconds('rerank_tokenize_seconds', 'Time to tokenise a request.');
  readonly queueSeconds = this.seconds(
    'rerank_queue_seconds',
    'Time a request waited before its first batch, by priority class.',
    ['class'],
  );
  readonly computeSeconds = this.seconds(
    'rerank_compute_seconds',
    'Time the engine worked on the batches of a request.',
  );
  readonly computedTokens = this.counter('rerank_computed_tokens_total', 'Tokens that went through the model.');
  readonly sharedTokens = this.counter(
    'rerank_shared_tokens_total',
    'Tokens that computing every pair whole would have added.',
  );
  readonly batchTokens = this.histogram('rerank_batch_tokens', 'Tokens per batch.', BATCH_TOKENS);
  readonly batchDocuments = this.histogram('rerank_batch_documents', 'Documents per batch.', DOCUMENTS);
  readonly batchFill = this.histogram('rerank_batch_fill_ratio', 'Tokens of a batch per token of its budget.', FILL);
  readonly batchSeconds = this.seconds('rerank_batch_seconds', 'Time of one batch in the engine.');
  readonly batchFailures = this.counter('rerank_batch_failures_total', 'Batches that the engine could not score.');
  readonly batchRetries = this.counter(
    'rerank_batch_retries_total',
    'Batches that waited for another engine because theirs ended.',
  );
  readonly queuedTokens = this.gauge('rerank_queued_tokens', 'Tokens waiting for a batch.');
  readonly queueDrainSeconds = this.gauge(
    'rerank_queue_drain_seconds',
    'Time the measured rate needs for the tokens that wait: what to scale by.',
  );
  readonly activeRequests = this.gauge('rerank_active_requests', 'Requests that are tokenised, wait or are scored.');
  readonly rejections = this.counter('rerank_rejections_total', 'Requests refused, by reason and priority class.', [
    'reason',
    'class',
  ]);
  readonly cancellations = this.counter('rerank_cancelled_requests_total', 'Requests that left the queue unanswered.');
  readonly disconnects = this.counter('rerank_client_disconnects_total', 'Clients that hung up before their answer.');
  readonly timeouts = this.counter('rerank_timeouts_total', 'Requests that REQUEST_TIMEOUT ended.');
  readonly prefixHits = this.counter('rerank_prefix_cache_hits_total', 'Prefixes found on the device.');
  readonly prefixMisses = this.counter('rerank_prefix_cache_misses_total', 'Prefixes that had to be computed.');
  readonly prefixEvictions = this.counter(
    'rerank_prefix_cache_evictions_total',
    'Prefixes evicted to stay within PREFIX_CACHE_MB.',
  );
  readonly scoreCacheHits = this.counter('rerank_score_cache_hits_total', 'Documents whose score was kept.');
  readonly scoreCacheMisses = this.counter('rerank_score_cache_misses_total', 'Documents whose score was not kept.');
  readonly prefixBytes = this.gauge('rerank_prefix_cache_bytes', 'Keys and values kept on the device.');
  readonly deviceBytes = this.gauge('rerank_device_memory_bytes', 'Memory the backend holds on the device.');
  readonly engineState = this.gauge('rerank_engine_state', '1 for the state the engine is in.', ['state']);
  readonly engineRestarts = this.counter('rerank_engine_restarts_total', 'Engine processes started after the first.');
  readonly droppedLogLines = this.counter(
    'rerank_log_lines_dropped_total',
    'Log lines that their destination did not take: a full disk, a closed pipe, a reader that stalls.',
  );
  readonly tokensPerSecond = this.gauge('rerank_engine_tokens_per_second', 'Rate measured while warming up.');
  readonly maxBatchTokens = this.gauge('rerank_batch_token_budget', 'Most tokens in one batch.');

  readonly downloadReceivedBytes = this.gauge(
    'rerank_model_download_received_bytes',
    'Bytes of the weights that are there, while they are downloaded.',
  );
  readonly downloadBytes = this.gauge(
    'rerank_model_download_bytes',
    'Bytes of all weights, while they are downloaded; 0 until the hub said.',
  );

  constructor() {
    for (const priorityClass of PRIORITY_CLASSES.map(String)) {
      this.queueSeconds.zero({ class: priorityClass });
      for (const reason of REJECTION_REASONS) this.rejections.inc({ reason, class: priorityClass }, 0);
    }
    collectDefaultMetrics({ register: this.registry });
    for (const name of [...MISNAMED, ...COSTLY]) this.registry.removeSingleMetric(name);
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }

  private seconds<L extends string>(name: string, help: string, labelNames: L[] = []): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [this.registry] });
  }
}
