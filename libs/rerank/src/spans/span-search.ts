import type { Permit } from '#libs/admission';
import type { RelevanceFormula } from '#libs/model-service';
import { totalTokens } from '#libs/tokenizer';
import type { DocumentScorer } from '../document-scorer.js';
import type { AssembledPrompts, PromptAssembler } from '../prompt-assembler.js';
import { relevanceOf } from '../ranking.js';
import type { Ranking } from '../rerank-request.js';
import { windowOf, type FittedDocument } from '../truncation.js';
import { DocumentSentences, type SentenceSource } from './document-sentences.js';
import { findSpans, sentenceScores, windowsOf, type ScoredSentences, type SpanOptions } from './find-spans.js';
import type { SentenceTokens } from './sentence-tokens.js';

/** Of documents of one sentence each. */
const NO_SCORES = { logits: new Float32Array(0), queueSeconds: 0, computeSeconds: 0 };

/** The ranked documents and what they were made from. */
export interface SpanSource {
  readonly prompts: AssembledPrompts;
  readonly sentences: DocumentSentences;
  /** For each document of the request the index of its text among the distinct ones. */
  readonly textIndexOf: readonly number[];
  readonly options: SpanOptions;
  readonly relevance: RelevanceFormula;
  /** The caller's name for the request. */
  readonly name?: string | undefined;
  /** Of the permit's tokens those that this search was expected to make. */
  readonly expectedTokens: number;
}

/** A document whose spans are wanted. */
interface Searched {
  readonly fitted: FittedDocument;
  readonly rawScore: number;
}

/**
 * Finds where in a document its relevance is. Sentences and pairs of neighbours are scored as documents of their own, behind the head
 * and the query that are on the device already. That costs at most three times the document's tokens, and for each sentence
 * twice what ends every prompt.
 */
export class SpanSearch {
  constructor(
    private readonly prompts: PromptAssembler,
    private readonly scorer: DocumentScorer,
  ) {}

  /** The sentences of documents that `topN` of will be searched. Rejects where they make too many windows, before they are scored. */
  async sentencesOf(source: SentenceSource, topN: number, permit: Permit): Promise<DocumentSentences> {
    const sentences = new DocumentSentences(source, this.prompts);
    await sentences.requireFewWindows(topN, permit);
    return sentences;
  }

  /** The ranking with the spans of its documents, and their tokens and times added. Rejects like the scorer. */
  async addSpans(ranking: Ranking, source: SpanSource, permit: Permit): Promise<Ranking> {
    const { prompts, textIndexOf, options, relevance } = source;
    const { prefix, tail } = prompts;
    const rawScores = new Map(ranking.ranked.map(({ index, rawScore }) => [textIndexOf[index]!, rawScore]));
    const searched = Array.from(rawScores, ([textIndex, rawScore]) => ({
      fitted: prompts.documents[textIndex]!,
      rawScore,
    }));
    const startedMs = performance.now();
    const sentences = await source.sentences.of([...rawScores.keys()], permit);
    const windows = searched.map((document, index) => partsOf(document, sentences[index]!, prompts));
    const all = windows.flat();
    const tokenizeSeconds = (performance.now() - startedMs) / 1000;
    permit.tokenised(source.expectedTokens);
    const request = { prefix, documents: all, tail, name: source.name };
    const scores = all.length === 0 ? NO_SCORES : await this.scorer.submit(request, permit);
    let next = 0;
    const spans = [...rawScores.keys()].map((textIndex, order) => {
      const logits = scores.logits.subarray(next, (next += windows[order]!.length));
      const found = scoredSentences(searched[order]!, sentences[order]!, logits, relevance);
      return [textIndex, findSpans(found, options)] as const;
    });
    const found = new Map(spans);
    const spanTokens = totalTokens(all) + all.length * (tail?.length ?? 0);
    const { timing } = ranking;
    return {
      ...ranking,
      ranked: ranking.ranked.map((document) =>
        Object.assign(document, { spans: found.get(textIndexOf[document.index]!)! }),
      ),
      promptTokens: ranking.promptTokens + spanTokens,
      uniqueTokens: ranking.uniqueTokens + spanTokens,
      spanTokens,
      timing: {
        tokenizeSeconds: timing.tokenizeSeconds + tokenizeSeconds,
        queueSeconds: timing.queueSeconds + scores.queueSeconds,
        computeSeconds: timing.computeSeconds + scores.computeSeconds,
      },
    };
  }
}

function partsOf(
  { fitted: { ids, content } }: Searched,
  sentences: readonly SentenceTokens[],
  { frame }: AssembledPrompts,
): Int32Array[] {
  return windowsOf(sentences.length).map(([first, last]) => {
    const part = content.subarray(sentences[first]!.from, sentences[last]!.to);
    return windowOf(part, { document: ids, content, frame });
  });
}

/** The only sentence of a document has the score of the document. */
function scoredSentences(
  { rawScore }: Searched,
  sentences: readonly SentenceTokens[],
  logits: Float32Array,
  relevance: RelevanceFormula,
): ScoredSentences {
  const raw = logits.length === 0 ? sentences.map(() => rawScore) : sentenceScores(sentences.length, logits);
  return {
    sentences,
    relevances: raw.map((score) => relevanceOf(score, relevance)),
    document: relevanceOf(rawScore, relevance),
  };
}
