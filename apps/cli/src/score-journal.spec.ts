import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { JournalError, ScoreJournal } from './score-journal.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

const RUN = { model: 'embedded', texts: 'abc' };
let folder: string;
let file: string;
beforeEach(() => {
  folder = folderOfTest();
  file = path.join(folder, 'ranked.jsonl.progress');
});

it('has what was added, without a line that was cut off', () => {
  const { journal, finished } = ScoreJournal.open(file, RUN);
  expect(finished.size).toBe(0);
  journal.add(3, [[0.9, 2.5]]);
  appendFileSync(file, '{"part":4,"scores":[[0.1');
  const again = ScoreJournal.open(file, RUN);
  expect([...again.finished]).toEqual([[3, [[0.9, 2.5]]]]);
  again.journal.add(4, [[0.1, -2]]);
  expect(ScoreJournal.open(file, RUN).finished.get(4)).toEqual([[0.1, -2]]);
});

it('refuses what another run left, and says what to do', () => {
  ScoreJournal.open(file, RUN);
  const open = () => ScoreJournal.open(file, { ...RUN, texts: 'other' });
  expect(open).toThrow(JournalError);
  expect(open).toThrow('--restart');
});
