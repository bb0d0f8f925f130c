import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JournalError, ScoreJournal } from './score-journal.js';

const RUN = { model: 'embedded', texts: 'abc' };
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'journal-'));
  file = path.join(folder, 'ranked.jsonl.progress');
});
afterEach(() => rmSync(folder, { recursive: true }));

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
