/** Robertson's usual values, as in libs/embedded-model/training/bm25.py. */
const K1 = 1.2;
const B = 0.75;
const STOP_WORDS = new Set(
  (
    'a an the of to in on at by for from with without as is are was were be been being am it its this that these those ' +
    'and or not no nor but if then than so such into onto over under up down out off about between through during ' +
    'do does did doing done have has had having can could may might must shall should will would ' +
    'i me my you your he him his she her we us our they them their one who whom whose which what when where why how ' +
    'there here all any some each every other another more most very just also only own same too s t'
  ).split(' '),
);

interface Posting {
  readonly document: number;
  readonly weight: number;
}

/** Okapi BM25 over a collection, the same word for word as the index that made the evaluation sets. */
export class Bm25 {
  private readonly postings = new Map<string, Posting[]>();

  constructor(documents: readonly string[]) {
    const bags = documents.map((document) => count(words(document)));
    const lengths = bags.map((bag) => [...bag.values()].reduce((sum, value) => sum + value, 0));
    const mean = lengths.reduce((sum, value) => sum + value, 0) / documents.length;
    const entries = new Map<string, { document: number; times: number }[]>();
    bags.forEach((bag, document) => {
      for (const [word, times] of bag) {
        const holders = entries.get(word) ?? [];
        entries.set(word, holders);
        holders.push({ document, times });
      }
    });
    for (const [word, found] of entries) {
      const rarity = Math.log(1 + (documents.length - found.length + 0.5) / (found.length + 0.5));
      const weigh = ({ document, times }: { document: number; times: number }): Posting => ({
        document,
        weight: (rarity * times * (K1 + 1)) / (times + K1 * (1 - B + (B * lengths[document]!) / mean)),
      });
      this.postings.set(word, found.map(weigh));
    }
  }

  /** Documents that hold a word of the query, and their scores. */
  scores(query: string): Map<number, number> {
    const total = new Map<number, number>();
    for (const word of words(query)) {
      for (const { document, weight } of this.postings.get(word) ?? []) {
        total.set(document, (total.get(document) ?? 0) + weight);
      }
    }
    return total;
  }

  /** The best documents that hold a word of the query, best first; earlier ones first among equals. */
  best(query: string, most: number): { document: number; score: number }[] {
    const found = [...this.scores(query)].map(([document, score]) => ({ document, score }));
    return found.toSorted((a, b) => b.score - a.score || a.document - b.document).slice(0, most);
  }
}

/** Content words without plural and verb endings. */
export function words(text: string): string[] {
  const found = text.toLowerCase().match(/[a-z0-9]+/gu) ?? [];
  return found.filter((word) => !STOP_WORDS.has(word)).map((word) => stem(word));
}

const ENDINGS: readonly (readonly [ending: string, rest: string])[] = [
  ['ies', 'y'],
  ['ing', ''],
  ['ed', ''],
  ['es', ''],
  ['s', ''],
  ['e', ''],
];

function stem(word: string): string {
  if (word.length > 4) {
    const fitting = ENDINGS.find(([ending]) => {
      return word.endsWith(ending) && !word.endsWith('ss') && word.length - ending.length >= 3;
    });
    return fitting === undefined ? word : word.slice(0, -fitting[0].length) + fitting[1];
  }
  return word.length === 4 && /[^s][se]$/u.test(word) ? word.slice(0, -1) : word;
}

function count(bag: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of bag) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
