import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Debian packages, as in libs/embedded-model/training, where their licences stand. */
const PACKAGES = ['wordnet-base', 'dict-foldoc', 'dict-jargon'];

/** Downloads and unpacks the dictionaries below `folder` with apt-get and dpkg; a second call does nothing. */
export function fetchDictionaries(folder: string): void {
  if (existsSync(path.join(folder, 'usr/share/wordnet'))) return;
  mkdirSync(folder, { recursive: true });
  execFileSync('apt-get', ['download', ...PACKAGES], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', path.join(folder, file), folder]);
  }
}

/** A meaning of a noun in WordNet. */
export interface Meaning {
  readonly lemma: string;
  readonly gloss: string;
  /** Sentences that use the noun. */
  readonly usages: readonly string[];
}

/** How often WordNet's tagged texts use the meaning, at least: words that people know. */
const COMMON = 3;

/** The first meaning of common nouns, in the dictionary's order. */
export function nouns(folder: string): Meaning[] {
  const uses = new Map<string, number>();
  for (const line of wordnet(folder, 'cntlist.rev')) {
    const [key = '', sense, count] = line.split(' ');
    const [lemma = '', kind] = key.split('%');
    if (sense === '1' && kind?.startsWith('1:')) uses.set(lemma, Number(count));
  }
  const first = new Map<string, string>();
  for (const line of wordnet(folder, 'index.noun')) {
    const fields = line.trim().split(' ');
    if (!line.startsWith(' ')) first.set(fields[0]!, fields.at(-Number(fields[2]))!);
  }
  const isFirst = ({ lemma }: Meaning, id: string) => first.get(lemma) === id && (uses.get(lemma) ?? 0) >= COMMON;
  return wordnet(folder, 'data.noun').flatMap((line) => {
    const [facts = '', text = ''] = line.split(' | ', 2);
    const [id = '', , , , lemma = ''] = facts.split(' ');
    const meaning = meaningOf(lemma.toLowerCase(), text.trim());
    return /^[a-z]{3,}$/u.test(meaning.lemma) && isFirst(meaning, id) ? [meaning] : [];
  });
}

function meaningOf(lemma: string, text: string): Meaning {
  const usages = Array.from(text.matchAll(/"(?<usage>[^"]+)"/gu), ({ groups }) => groups!['usage']!);
  return { lemma, gloss: text.split(/;\s*"/u)[0]!, usages };
}

/** A term of computing and the first sentence that explains it. */
export interface Definition {
  readonly term: string;
  readonly text: string;
}

/** Paragraphs of two dictionaries of computing: running text about other things. */
export function paragraphs(folder: string): string[] {
  return ['foldoc', 'jargon'].flatMap((name) =>
    dictionary(folder, name)
      .split(/\n\s*\n/u)
      .filter((paragraph) => /^\s/u.test(paragraph))
      .map(plain)
      .filter((paragraph) => /^[A-Z“"].{120,600}[.!?”"]$/u.test(paragraph)),
  );
}

/** FOLDOC's definitions of terms that WordNet has as nouns too, so that they are words, not names of products. */
export function computingTerms(folder: string): Definition[] {
  const known = new Set(wordnet(folder, 'index.noun').map((line) => line.split(' ', 1)[0]!));
  return dictionary(folder, 'foldoc')
    .split(/\n(?=\S)/u)
    .flatMap((entry) => {
      const [title = '', ...body] = entry.split('\n');
      const text = /[A-Z][^.]{40,250}\.(?= |$)/u.exec(
        plain(
          body
            .join('\n')
            .split(/\n\s*\n/u)
            .find((paragraph) => /\S/u.test(paragraph)) ?? '',
        ),
      )?.[0];
      const isWord = /^[a-z]{4,}( [a-z]+)?$/u.test(title) && known.has(title.replace(' ', '_'));
      return isWord && text !== undefined ? [{ term: title, text }] : [];
    });
}

/** Without the marks of the dictionaries, on one line. */
function plain(paragraph: string): string {
  const text = paragraph.replaceAll(/[{}]|<[^>]*>|\/[^/ ]+\/|\[[^\]]*\]|^\s*\d+\./gu, '');
  return text.replaceAll(/\s+/gu, ' ').trim();
}

function wordnet(folder: string, name: string): string[] {
  return readFileSync(path.join(folder, 'usr/share/wordnet', name), 'utf8').split('\n');
}

/** The whole text of a dictd dictionary: dictzip is gzip with a longer header. */
function dictionary(folder: string, name: string): string {
  return gunzipSync(readFileSync(path.join(folder, 'usr/share/dictd', `${name}.dict.dz`))).toString('utf8');
}
