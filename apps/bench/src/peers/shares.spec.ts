import { expect, it } from 'vitest';
import { shares } from './shares.js';

it('divides the time of all requests', () => {
  const scrape = [
    'rerank_request_seconds_sum{dialect="native"} 3',
    'rerank_request_seconds_sum{dialect="tei"} 1',
    'rerank_request_seconds_count{dialect="tei"} 7',
    'rerank_tokenize_seconds_sum 0.04',
    'rerank_queue_seconds_sum{class="0"} 0.4',
    'rerank_queue_seconds_sum{class="1"} 0',
    'rerank_compute_seconds_sum 3.52',
  ].join('\n');
  expect(shares(scrape)).toBe(
    'of a request the engine takes 88.00 %, the tokenizer 1.00 %, waiting 10.00 %, HTTP and messages between processes 1.00 %',
  );
});

it('has nothing to say of a server that answered nothing', () => {
  expect(shares('rerank_request_seconds_sum{dialect="native"} 0')).toBe('');
});
