import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { readTexts, TextFileError } from './read-texts.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

function file(name: string, content: string): string {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
}

it.each([
  ['a.txt', 'one\r\n\ntwo\n', [{ text: 'one' }, { text: 'two' }]],
  ['a.jsonl', '"one"\n{"id": 7, "text": "two"}\n', [{ text: 'one' }, { text: 'two', id: 7 }]],
  [
    'a.csv',
    '\uFEFF_id,text\nx,"one, ""quoted""\nline"\ny,two\n',
    [
      { text: 'one, "quoted"\nline', id: 'x' },
      { text: 'two', id: 'y' },
    ],
  ],
])('reads %s', (name, content, expected) => {
  expect(readTexts(file(name, content), 'text')).toEqual(expected);
});

it.each([
  ['a.pdf', 'x', 'expected a name that ends in .txt, .jsonl, .ndjson, .csv'],
  ['a.txt', '\n', 'expected texts, found none'],
  ['a.jsonl', '{"text": "a"}\n{"text":', 'line 2: expected JSON'],
  ['a.jsonl', '\n{"body": "a"}\n', 'line 2: expected a text in text, found body; --field names another one'],
  ['a.csv', 'title\none\n', 'row 1: expected a text in text, found title'],
  ['a.csv', 'text\n"one\n', 'expected a CSV table with a header line'],
])('says what is wrong with %s: %j', (name, content, message) => {
  const read = () => readTexts(file(name, content), 'text');
  expect(read).toThrow(TextFileError);
  expect(read).toThrow(message);
});

it('says which file is not there', () => {
  expect(() => readTexts('/nowhere/a.txt', 'text')).toThrow('/nowhere/a.txt cannot be read (ENOENT)');
});
