import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { KEY, type Context } from './context.js';

const ROOT = path.join(import.meta.dirname, '../..');
/** Python's programs on the second two want a newer client than frameworks do. */
const PAGES = ['README.md', 'docs/programs.md'];
export const COHERE_PAGES = ['docs/spans.md', 'docs/priority.md'];
const run = promisify(execFile);

export interface Snippet {
  readonly title: string;
  readonly code: string;
  /** What it prints, as the comment in its last line says. */
  readonly prints: string;
}

/** The programs of some pages in one language: blocks that begin with a comment and print in their last line. */
export function snippets(language: 'js' | 'python', pages: readonly string[] = PAGES): readonly Snippet[] {
  const comment = language === 'js' ? '//' : '#';
  const block = new RegExp(`\`\`\`${language}\\n(${comment} [\\s\\S]*?)\\n\`\`\``, 'gu');
  return [
    ...pages
      .map((page) => readFileSync(path.join(ROOT, page), 'utf8'))
      .join('\n')
      .matchAll(block),
  ].map(([, code = '']) => ({
    title: code.slice(comment.length + 1, code.indexOf('\n')),
    code,
    prints: code.slice(code.lastIndexOf(comment) + comment.length + 1),
  }));
}

/** With the address and the key of the test's server in the place of the page's. */
export async function expectRuns(context: Context, program: string, args: readonly string[], snippet: Snippet) {
  const code = snippet.code
    .replaceAll('http://localhost:8004', context.server.url)
    .replaceAll(/(["'])key\1/gu, `'${KEY}'`);
  const { stdout } = await run(program, [...args, code], { cwd: ROOT });
  expect(stdout.trim()).toBe(snippet.prints);
}
