import type { Ranking, RerankRequest } from '#libs/rerank';
import { errorsForAll, type Errors } from './errors.js';
import type { Schema } from './schema.js';
import { anything, type Sign } from './signs.js';

/** The body as parsed, not validated. */
export type Fields = Readonly<Record<string, unknown>>;
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What an answer says that is in neither the request nor the ranking. */
export interface AnswerContext {
  readonly requestId: string;
  readonly servedModel: string;
  /** Unix time. */
  readonly createdSeconds: number;
  /** Token ids whose probabilities the model answers. */
  readonly labels: { readonly yesId: number | undefined; readonly noId: number | undefined };
}

/** As many as there were requests. */
export type Rankings = readonly [Ranking, ...Ranking[]];

/** A request as the API's clients send it, for descriptions, tests and the playground. */
export interface Example {
  request(query: string, texts: readonly string[]): object;
  /** What tells its clients apart where the body does not. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the scored list is in the answer, such as `output.results`; '' for the answer itself. */
  readonly list: string;
  /** Key of an item's score; '' where items are numbers. */
  readonly score: string;
  /** Items are in the order of the request, not ranked. */
  readonly inOrder?: boolean;
  /** How the playground shows the API; it shows none without. */
  readonly code?: Code | undefined;
}

export interface Code {
  readonly title: string;
  /** The field that takes an instruction. */
  readonly instruction?: string;
  /** Programs with the vendor's own client: {url}, {query}, {documents} and {key} are filled in. */
  readonly typescript?: string;
  readonly python?: string;
}

/** One API, whole: where it is spoken, what its requests and answers are, and pure functions between them and ours. */
export interface Dialect<Body extends object = object, Answer = unknown> extends Errors {
  /** In metrics, logs and the description. */
  readonly name: string;
  /** Route patterns, the vendor's own one first. Where several dialects have one, `matches` decides. */
  readonly mounts: readonly string[];
  /** Other routes below the vendor's base URL, for the form of their errors. */
  readonly probes: readonly string[];
  /** What only its clients send. Asked in the order of the list; the last one of a route takes what is left. */
  readonly matches: Sign;
  readonly request: new () => Body;
  readonly answer: Schema<Answer>;
  /** One request, except in APIs that pair several queries with their documents. */
  toRequests(body: Body): readonly RerankRequest[];
  /** Key order is part of the answer: some clients scan the text. */
  toAnswer(rankings: Rankings, body: Body, context: AnswerContext): Answer;
  readonly example: Example;
}

type Defaults = 'matches' | 'probes' | keyof Errors;

/** Cohere's form, which most APIs took over. */
const EXAMPLE: Example = {
  request: (query, documents) => ({ model: 'qwen3-reranker', query, documents }),
  list: 'results',
  score: 'relevance_score',
};

/** Checks a dialect against itself; what it leaves out is: no route of others, errors as every client reads them, Cohere's example. */
export function defineDialect<Body extends object, Answer>(
  dialect: Omit<Dialect<Body, NoInfer<Answer>>, Defaults | 'answer' | 'example'> & {
    readonly answer: Schema<Answer>;
    readonly example?: Partial<Example>;
  } & Partial<Pick<Dialect, Defaults>>,
): Dialect {
  return { matches: anything, probes: [], ...errorsForAll, ...dialect, example: { ...EXAMPLE, ...dialect.example } };
}
