/**
 * Reads documents from what a person pastes or drops: lines, a JSON array, JSON lines or CSV. Whatever it was, the text
 * area shows it in one of two forms, which `readDocuments` takes apart again: one document per line, or, where a
 * document has line breaks of its own, a JSON array.
 */

/** Keys under which collections keep the text of a document, the likeliest first. */
const TEXT_KEYS = ['text', 'document', 'content', 'passage', 'body', 'abstract', 'page_content'];
const LIST_KEYS = ['documents', 'texts', 'passages', 'data', 'corpus', 'results'];

/**
 * @typedef {{ documents: string[], form: 'lines' | 'JSON' }} Documents
 * @param {string} text What the text area holds.
 * @returns {Documents}
 */
export function readDocuments(text) {
  const json = text.trimStart().startsWith('[') ? parsedArray(text) : undefined;
  if (json !== undefined) return { documents: json.map((item) => textOf(item)), form: 'JSON' };
  return { documents: linesOf(text), form: 'lines' };
}

/**
 * What the text area shows for these documents.
 * @param {readonly string[]} documents
 */
export function writeDocuments(documents) {
  // A first document that looks like JSON would be read as such.
  const plain = documents.every((document) => !/[\r\n]|^\s*$/u.test(document)) && !documents[0]?.startsWith('[');
  return plain ? documents.join('\n') : JSON.stringify(documents, undefined, 1);
}

/**
 * @param {string} name The file's name; its ending decides between CSV and lines.
 * @param {string} content
 * @returns {string[]} The documents; throws an Error that says what was expected.
 */
export function documentsOfFile(name, content) {
  const text = content.replace(/^\uFEFF/u, '');
  const documents = fileReader(name)(text).filter((document) => document.trim() !== '');
  if (documents.length === 0) throw new Error(`${name} holds no documents`);
  return documents;
}

/** @param {string} name */
function fileReader(name) {
  const ending = /\.([a-z]+)$/iu.exec(name)?.[1]?.toLowerCase();
  if (ending === 'json') return jsonDocuments;
  if (ending === 'jsonl' || ending === 'ndjson') return jsonLines;
  if (ending === 'csv') return (/** @type {string} */ text) => tableDocuments(rowsOf(text, ','));
  if (ending === 'tsv') return (/** @type {string} */ text) => tableDocuments(rowsOf(text, '\t'));
  return linesOf;
}

/** @param {string} text */
function linesOf(text) {
  return text.split(/\r?\n/u).filter((line) => line.trim() !== '');
}

/** @param {string} text */
function jsonDocuments(text) {
  /** @type {unknown} */
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Many files of JSON lines are called .json.
    return jsonLines(text);
  }
  const list = Array.isArray(parsed) ? parsed : listIn(parsed);
  if (list === undefined) throw new Error(`expected a JSON array, or an object with one under ${LIST_KEYS.join(', ')}`);
  return list.map((item) => textOf(item));
}

/** @param {string} text */
function jsonLines(text) {
  return linesOf(text).map((line, index) => {
    try {
      return textOf(JSON.parse(line));
    } catch {
      throw new Error(`line ${index + 1} is not JSON`);
    }
  });
}

/** @param {string} text @returns {unknown[] | undefined} */
function parsedArray(text) {
  try {
    const parsed = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {unknown[] | undefined} */
function listIn(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = /** @type {Record<string, unknown>} */ (value);
  return LIST_KEYS.map((key) => fields[key]).find((field) => Array.isArray(field));
}

/**
 * A string as it is; of an object its text, after its title where it has one, as BEIR's baselines join them.
 * @param {unknown} item
 */
function textOf(item) {
  if (typeof item === 'string') return item;
  if (typeof item !== 'object' || item === null) return JSON.stringify(item);
  const fields = /** @type {Record<string, unknown>} */ (item);
  const key = TEXT_KEYS.find((candidate) => typeof fields[candidate] === 'string');
  if (key === undefined) return JSON.stringify(item);
  const text = String(fields[key]);
  return typeof fields.title === 'string' && fields.title !== '' ? `${fields.title} ${text}` : text;
}

/**
 * RFC 4180: a quoted field may hold separators, line breaks and doubled quotes.
 * @param {string} text @param {string} separator
 */
function rowsOf(text, separator) {
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, 'gu');
  for (const { 0: whole, 1: quoted, 2: bare = '', 3: end, index } of text.matchAll(field)) {
    if (whole === '' && index === text.length && row.length === 0) break;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === separator) continue;
    rows.push(row);
    row = [];
    if (index + whole.length === text.length) break;
  }
  return rows.filter((cells) => cells.some((cell) => cell.trim() !== ''));
}

/** The column that is called like a text, else the one with the most text. @param {string[][]} rows */
function tableDocuments(rows) {
  const header = (rows[0] ?? []).map((name) => name.trim().toLowerCase());
  const named = TEXT_KEYS.map((key) => header.indexOf(key)).find((column) => column >= 0);
  if (named !== undefined) return rows.slice(1).map((cells) => cells[named] ?? '');
  const lengths = header.map((_, column) => rows.reduce((sum, cells) => sum + (cells[column] ?? '').length, 0));
  const longest = lengths.indexOf(Math.max(...lengths));
  return rows.map((cells) => cells[longest] ?? '');
}
