import { Random } from '#apps/workshop';
import { words } from '../bm25.js';
import { computingTerms, nouns, paragraphs, type Meaning } from './dictionaries.js';

/** A document with an answer in it, at UTF-16 units [start, end). */
export interface PlantedCase {
  readonly kind: Kind;
  readonly query: string;
  readonly document: string;
  readonly start: number;
  readonly end: number;
}

export const KINDS = ['definition', 'two sentences', 'usage', 'computing'] as const;
type Kind = (typeof KINDS)[number];

/** About 350 tokens of English. */
const DOCUMENT_CHARACTERS = 1500;

/** Cases of each kind, the same in every run; `count` of each where the dictionaries have this many. */
export function plantedCases(folder: string, count: number): PlantedCase[] {
  const random = new Random(23);
  const hosts = paragraphs(folder);
  const meanings = nouns(folder).toSorted(() => random.below(2) - 0.5);
  const terms = computingTerms(folder).toSorted(() => random.below(2) - 0.5);
  const asked: Readonly<Record<Kind, readonly Asked[]>> = {
    definition: meanings.flatMap(definitionOf),
    'two sentences': meanings.flatMap(twoSentencesOf),
    usage: meanings.flatMap(usageOf),
    computing: terms.map(({ term, text }) => ({ query: whatIs(term), answer: text })),
  };
  return KINDS.flatMap((kind) => {
    // Nothing in common: what finds the answer is what the words mean.
    const fair = asked[kind].filter(({ query, answer }) => !shares(query, answer));
    return fair.slice(0, count).map((each) => planted(kind, each, hosts, random));
  });
}

interface Asked {
  readonly query: string;
  readonly answer: string;
}

function definitionOf({ lemma, gloss }: Meaning): Asked[] {
  const [first = '', second] = partsOf(gloss);
  return first.length > 30 && second === undefined ? [{ query: whatIs(lemma), answer: sentence(first) }] : [];
}

function twoSentencesOf({ lemma, gloss }: Meaning): Asked[] {
  const [first = '', second = ''] = partsOf(gloss);
  if (first.length <= 25 || second.length <= 20) return [];
  return [{ query: whatIs(lemma), answer: `${sentence(first)} ${sentence(second)}` }];
}

function usageOf({ gloss, usages }: Meaning): Asked[] {
  const usage = usages.find((each) => each.length > 25);
  const [query = ''] = partsOf(gloss);
  return usage === undefined || query === '' ? [] : [{ query, answer: sentence(usage) }];
}

function partsOf(gloss: string): string[] {
  return gloss
    .replaceAll(/ ?\([^)]*\)/gu, '')
    .split(';')
    .map((part) => part.trim());
}

function whatIs(noun: string): string {
  return `What is ${/^[aeiou]/u.test(noun) ? 'an' : 'a'} ${noun}?`;
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?]$/u.test(text) ? '' : '.'}`;
}

function shares(query: string, answer: string): boolean {
  const asked = new Set(words(query));
  return words(answer).some((word) => asked.has(word));
}

/** The answer between two sentences of paragraphs that share no word with the query. */
function planted(kind: Kind, { query, answer }: Asked, hosts: readonly string[], random: Random): PlantedCase {
  const chosen: string[] = [];
  while (chosen.join('\n\n').length + answer.length < DOCUMENT_CHARACTERS) {
    const host = hosts[random.below(hosts.length)]!;
    if (!shares(query, host)) chosen.push(host);
  }
  const at = random.below(chosen.length);
  const around = [...SENTENCES.segment(chosen[at]!)].map(({ segment }) => segment.trim());
  const place = random.below(around.length + 1);
  chosen[at] = [...around.slice(0, place), answer, ...around.slice(place)].join(' ');
  const document = chosen.join('\n\n');
  const start = document.indexOf(answer);
  return { kind, query, document, start, end: start + answer.length };
}

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });
