import type { Dialect } from '../dialects/dialect.js';
import { DIALECTS } from '../dialects/list.js';
import { CONFLICTS, dialectsAt, isSame, RERANK_PATHS } from '../dispatch/dispatch.js';
import { GATEWAYS } from '../dispatch/spellings.js';
import { answerOf, requestExample } from './examples.js';

const HEAD = `# Which API a request speaks

Below a vendor's name (\`http://localhost:8004/cohere\`) the path says it. The paths on this page are called by the clients of several
vendors. Each table is read from the top: the first row that fits the request is the API that is spoken. A field that is null, or has
another type, counts as absent. Written by \`npm run generate\` from \`libs/api/src/dialects\`.`;

const COLUMNS = ['The request has', 'It speaks', 'Scores are in', 'Documents, unless the request says', '`object`'];

/** `docs/shared-paths.md`: what decides on paths that several APIs have, and which spellings a path has. */
export function sharedPathsPage(): string {
  return [HEAD, ...groups().map(sectionOf), spellings(), conflicts(), lists()].join('\n\n') + '\n';
}

interface Group {
  readonly paths: string[];
  readonly dialects: readonly Dialect[];
}

/** Paths that the same dialects have are decided in the same way. */
function groups(): readonly Group[] {
  const found: Group[] = [];
  for (const path of RERANK_PATHS) {
    const dialects = dialectsAt(path);
    const same = found.find((group) => isSame(group.dialects, dialects));
    if (same !== undefined) same.paths.push(path);
    else if (dialects.length > 1) found.push({ paths: [path], dialects });
  }
  return found;
}

function sectionOf({ paths, dialects }: Group): string {
  const rows = dialects.map((dialect, index) => {
    const words = index === dialects.length - 1 ? 'anything else' : dialect.matches.words;
    return [words, dialect.name, scoresOf(dialect), documentsOf(dialect), objectOf(dialect)];
  });
  return `## ${code(paths)}\n\n${table(COLUMNS, rows)}`;
}

function scoresOf({ example: { list, score } }: Dialect): string {
  const items = `${list}[]`;
  return `\`${score === '' ? items : `${items}.${score}`}\``;
}

/** As what a document comes back when the request does not say whether it should. */
function documentsOf(dialect: Dialect): string {
  const keys = dialect.example.list.split('.').filter((key) => key !== '');
  const items = keys.reduce((value, key) => (value as Record<string, unknown>)[key], silentAnswer(dialect));
  const item = (items as readonly unknown[])[0];
  const [document] = ['document', 'text', 'input'].flatMap((key) =>
    typeof item === 'object' && item !== null && key in item ? [(item as Record<string, unknown>)[key]] : [],
  );
  if (document === undefined) return 'left out';
  return typeof document === 'string' ? 'strings' : 'objects';
}

function objectOf(dialect: Dialect): string {
  const { object } = silentAnswer(dialect) as { object?: string };
  return object === undefined ? '' : `\`${object}\``;
}

/** The answer to its example, without the word about documents. */
function silentAnswer(dialect: Dialect): unknown {
  const { return_documents: _said, ...body } = requestExample(dialect) as { return_documents?: boolean };
  return answerOf(dialect, body);
}

function spellings(): string {
  const rows = Object.entries(GATEWAYS).map(([base, whose]) => [`\`${base}/rerank\``, whose]);
  return `## Spellings

Each path has the spellings that clients make of it: without \`/v1\`, with it twice, below \`/api\` and \`/openai\`, and behind
the whole address (\`/v1/rerank/rerank\`, \`/v1/reranks/rerank\`, \`/v1/rerank/v1/rerank\`), below a vendor's name too. \`/v1/rerank\`, \`/v1/reranking\`, \`/v1/reranks\` and \`/v1/rerankings\` also have
the base paths of other servers, so that only the host of a URL has to change, with the \`/v1\` or \`/v2\` behind them that Cohere's clients
put there:

${table(['Path', 'Whose'], rows)}`;
}

function conflicts(): string {
  const rows = Object.entries(CONFLICTS).map(([spelling, path]) => [`\`${spelling}\``, `\`${path}\``]);
  return `Where two paths have a spelling in common, one of them gets it:\n\n${table(['Spelling', 'Is'], rows)}`;
}

function lists(): string {
  const calledList = DIALECTS.filter((dialect) => objectOf(dialect) === '`list`');
  const lines = calledList.map(({ name, mounts }) => `- ${name}: ${code(mounts)}`);
  return `## \`object\`

An answer with \`object\` says \`rerank\` (\`scoring\` from SGLang's score API), because Together's SDK 1.x and Infinity's client refuse
another word. It says \`list\` where the clients of a path expect that one:

${[...new Set(lines)].join('\n')}`;
}

function code(paths: readonly string[]): string {
  return paths.map((path) => `\`${path}\``).join(', ');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
