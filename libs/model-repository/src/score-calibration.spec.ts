import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { ModelError } from './model-error.js';
import { readScoreCalibration } from './score-calibration.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

const fileWith = (content: string) => {
  const file = path.join(folder, 'score_calibration.json');
  writeFileSync(file, content);
  return file;
};

it('reads a and b, and leaves notes alone', () => {
  expect(readScoreCalibration(fileWith('{"a": 0.5, "b": -1.25, "pairs": 3000}'))).toEqual({ a: 0.5, b: -1.25 });
});

it.each([
  ['{"b": 0}', 'a must be a positive number, got nothing'],
  ['{"a": 0, "b": 0}', 'a must be a positive number, got 0'],
  ['{"a": -1, "b": 0}', 'a must be a positive number, got -1'],
  ['{"a": 1}', 'b must be a number, got nothing'],
  ['{"a": 1, "b": "0"}', 'b must be a number, got "0"'],
  ['[1, 0]', 'must hold a JSON object, got an array'],
  ['a: 1', 'must hold a JSON object, but it is not JSON'],
])('refuses %s by file, key, what is expected and what was found', (content, message) => {
  const file = fileWith(content);
  expect(() => readScoreCalibration(file)).toThrow(ModelError);
  expect(() => readScoreCalibration(file)).toThrow(file);
  expect(() => readScoreCalibration(file)).toThrow(message);
});

it('names a file that is not there', () => {
  expect(() => readScoreCalibration(path.join(folder, 'none.json'))).toThrow(/none\.json cannot be read/u);
});
