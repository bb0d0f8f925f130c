import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TokenizerError } from './errors.js';
import { canBeParted, type WordDivision } from './text-parts.js';

/** The parts of a Hugging Face tokenizer.json that matter here. */
interface TokenizerJson extends WordDivision {
  readonly model: {
    readonly type?: string;
    readonly vocab: Readonly<Record<string, number>>;
    readonly dropout?: number | null;
  };
  readonly added_tokens?: readonly AddedToken[] | null;
}

/** A token that is cut out of the raw text before anything else happens to it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
}

export interface TokenizerFile {
  readonly path: string;
  /** The same tokenizer without added tokens, truncation and padding: control tokens in a text are plain text. */
  readonly plainJson: string;
  readonly addedTokens: ReadonlyMap<string, AddedToken>;
  /** The tokens of a text are those of its parts, one after the other: see `partsOf`. */
  readonly isPartable: boolean;
  /** Largest id + 1 of what texts can become; added tokens are not counted. */
  readonly vocabularySize: number;
}

/** Reads `tokenizer.json` of a checkpoint folder; throws TokenizerError when it is missing or not a BPE tokenizer. */
export async function readTokenizerFile(folder: string): Promise<TokenizerFile> {
  const path = join(folder, 'tokenizer.json');
  const json = parse(await read(path), path);
  const addedTokens = json.added_tokens ?? [];
  let vocabularySize = 0;
  for (const id of Object.values(json.model.vocab)) vocabularySize = Math.max(vocabularySize, id + 1);
  return {
    path,
    // The binding has no switch for either: an emptied table is the only way to switch added tokens off.
    plainJson: JSON.stringify({ ...json, added_tokens: [], truncation: null, padding: null }),
    addedTokens: new Map(addedTokens.map((token) => [token.content, token])),
    isPartable: canBeParted(json),
    vocabularySize,
  };
}

const ADVICE = ': expected the tokenizer.json that belongs to the checkpoint; copy it into the folder';

async function read(path: string): Promise<string> {
  try {
    // A pipe under this name would be waited for.
    if ((await stat(path)).isFile()) return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new TokenizerError(`cannot read ${path} (${code})${code === 'ENOENT' ? ADVICE : ''}`, { cause });
  }
  throw new TokenizerError(`${path} is not a file; expected the tokenizer.json that belongs to the checkpoint`);
}

function parse(text: string, path: string): TokenizerJson {
  if (text.startsWith('version https://git-lfs')) {
    throw new TokenizerError(
      `${path} is a pointer of Git LFS and not JSON; run \`git lfs pull\` in its repository, or download it`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TokenizerError(`${path} is not JSON (truncated, or a pointer to a large file?); download it again`, {
      cause,
    });
  }
  if (!isBpe(json))
    throw new TokenizerError(`${path} has no BPE model; expected the tokenizer.json of a Qwen3 checkpoint`);
  const fault = faultOf(json);
  if (fault === undefined) return json;
  throw new TokenizerError(`${path}: ${fault}; take the tokenizer.json of the base model`);
}

/** What the library would not notice, or answer something else for every time. */
function faultOf({ model, added_tokens: added }: TokenizerJson): string | undefined {
  const [word, id] = Object.entries(model.vocab).find(([, value]) => !isId(value)) ?? [];
  if (word !== undefined) return `model.vocab must give ${JSON.stringify(word)} an id, got ${JSON.stringify(id)}`;
  if (!Array.isArray(added ?? [])) return `added_tokens must be a list, got ${typeof added}`;
  const token: unknown = (added ?? []).find((each: Partial<AddedToken> | null) => !isAddedToken(each));
  if (token !== undefined) return `every one of added_tokens must have id and content, got ${JSON.stringify(token)}`;
  if ((model.dropout ?? 0) === 0) return undefined;
  return `model.dropout must be null, got ${model.dropout}: a text would have other tokens every time`;
}

function isAddedToken(token: Partial<AddedToken> | null): boolean {
  return isId(token?.id) && typeof token?.content === 'string' && token.content !== '';
}

function isId(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}

function isBpe(json: unknown): json is TokenizerJson {
  const model = (json as Partial<TokenizerJson> | null)?.model;
  // Old files leave the type out.
  const vocab = model?.vocab ?? undefined;
  return (model?.type ?? 'BPE') === 'BPE' && typeof vocab === 'object' && !Array.isArray(vocab);
}
