/** Scores documents through the public API of a running server, as any client does. */
export class Reranker {
  constructor(private readonly url: string) {}

  /** logit(yes) - logit(no) of each document, in the order of `documents`. Throws the server's refusal. */
  async scores(query: string, documents: readonly string[]): Promise<number[]> {
    const response = await fetch(`${this.url}/rerank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, documents, raw_scores: true, return_documents: false }),
    });
    if (!response.ok) throw new Error(`${response.status} from ${this.url}: ${await response.text()}`);
    const { results } = (await response.json()) as { results: { index: number; relevance_score: number }[] };
    const scores = Array.from<number>({ length: documents.length });
    for (const { index, relevance_score: score } of results) scores[index] = score;
    return scores;
  }
}
