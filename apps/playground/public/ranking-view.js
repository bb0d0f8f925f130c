/** Draws rankings: one column each, bars by score, and what it took. */

/** More rows at once make a page of a thousand documents slow to scroll and to read. */
const FIRST_ROWS = 100;

/**
 * @typedef {import('./rerank-client.js').Ranking} Ranking
 * @typedef {import('./rerank-client.js').Result} Result
 * @typedef {{ title: string, ranking: Ranking, places?: ReadonlyMap<number, number> }} Column
 *   `places`: where each document stands in the other ranking, from 0.
 */

/**
 * @param {Element} container @param {readonly Column[]} columns
 * @param {readonly string[]} documents
 */
export function drawRankings(container, columns, documents) {
  container.classList.toggle('two', columns.length > 1);
  container.replaceChildren(...columns.map((column) => drawColumn(column, documents)));
}

/** @param {Column} column @param {readonly string[]} documents */
function drawColumn(column, documents) {
  const { ranking, title } = column;
  const list = element('ol', { className: 'ranking' });
  const firstWith = duplicates(documents);
  /** @param {readonly Result[]} results @param {number} from */
  const append = (results, from) => {
    list.append(...results.map((result, at) => drawRow(result, { place: from + at, column, documents, firstWith })));
  };
  append(ranking.results.slice(0, FIRST_ROWS), 0);
  const heading = element('h2', { textContent: title });
  const section = element('div', { className: 'column' }, [heading, drawFigures(ranking), list]);
  const rest = ranking.results.slice(FIRST_ROWS);
  if (rest.length > 0) {
    const more = element('button', { type: 'button', textContent: `Show all ${count(ranking.results.length)}` });
    more.addEventListener('click', () => {
      append(rest, FIRST_ROWS);
      more.remove();
    });
    section.append(more);
  }
  return section;
}

/**
 * @param {Result} result
 * @param {{ place: number, column: Column, documents: readonly string[], firstWith: ReadonlyMap<number, number> }} about
 */
function drawRow(result, { place, column, documents, firstWith }) {
  const { relevance_score: score, index } = result;
  const fill = element('span', { className: 'fill' });
  // Set on the object: the content security policy forbids style attributes.
  fill.style.inlineSize = `${Math.max(score * 100, 0.4)}%`;
  const notes = [element('span', { textContent: `#${index + 1}` }), tokens(result.token_count)];
  if (result.truncated) notes.push(chip('truncated', 'Too long for the model: its end was cut'));
  const first = firstWith.get(index);
  if (first !== undefined) notes.push(chip(`same as #${first + 1}`, 'The same text was scored once'));
  const other = column.places?.get(index);
  if (other !== undefined) notes.push(move(other - place));
  return element('li', {}, [
    element('span', { className: 'place', textContent: String(place + 1) }),
    element('div', { className: 'row' }, [
      element('div', { className: 'score' }, [
        element('span', { className: 'track' }, [fill]),
        element('output', { textContent: score.toFixed(4), title: String(score) }),
      ]),
      element('p', { className: 'text' }, highlighted(documents[index] ?? '', result.relevant_spans ?? [])),
      element('p', { className: 'notes' }, notes),
    ]),
  ]);
}

/** @param {string} text @param {readonly import('./rerank-client.js').Span[]} spans @returns {(Node | string)[]} */
function highlighted(text, spans) {
  const points = Array.from(text);
  const part = (/** @type {number} */ start, /** @type {number} */ end) => points.slice(start, end).join('');
  const inOrder = spans.toSorted((a, b) => a.start - b.start);
  const parts = inOrder.flatMap(({ start, end, score }, at) => [
    part(inOrder[at - 1]?.end ?? 0, start),
    element('mark', { textContent: part(start, end), title: `relevance ${score.toFixed(4)}` }),
  ]);
  return [...parts, part(inOrder.at(-1)?.end ?? 0, points.length)];
}

/** @param {Ranking} ranking */
function drawFigures({ results, usage, details, totalMs }) {
  const { timing_ms: timing } = details;
  const saved = 1 - details.unique_tokens / usage.prompt_tokens;
  const figures = [
    figure(count(results.length), results.length === 1 ? 'document' : 'documents'),
    figure(`${milliseconds(totalMs)} ms`, 'in all'),
    figure(`${milliseconds(timing.compute)} ms`, 'in the model'),
    figure(count(usage.prompt_tokens), 'tokens'),
    figure(percent(saved), 'not computed twice'),
  ];
  return element('div', {}, [
    element('div', { className: 'figures' }, figures),
    element('p', { className: 'hint', textContent: explanation(results.length, details, timing) }),
  ]);
}

/** @param {number} documents @param {Ranking['details']} details @param {Ranking['details']['timing_ms']} timing */
function explanation(documents, details, timing) {
  const { duplicate_documents: same, truncated_documents: cut } = details;
  return [
    documents > 1
      ? `Instruction and query (${count(details.prefix_tokens)} tokens) ran once, not ${count(documents)} times.`
      : '',
    same > 0 ? `${count(same)} repeated ${same === 1 ? 'document was' : 'documents were'} scored once.` : '',
    cut > 0 ? `${count(cut)} ${cut === 1 ? 'document was' : 'documents were'} too long and cut.` : 'Nothing was cut.',
    `Tokenising took ${milliseconds(timing.tokenize)} ms, waiting ${milliseconds(timing.queue)} ms.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/** By index of a repeated document, the index of its first occurrence. @param {readonly string[]} documents */
function duplicates(documents) {
  /** @type {Map<string, number>} */
  const first = new Map();
  /** @type {Map<number, number>} */
  const repeated = new Map();
  documents.forEach((text, index) => {
    const earlier = first.get(text);
    if (earlier === undefined) first.set(text, index);
    else repeated.set(index, earlier);
  });
  return repeated;
}

/** @param {number} by Places further up here than in the other ranking. */
function move(by) {
  if (by === 0) return element('span', { className: 'move', textContent: '= same place' });
  const text = `${by > 0 ? '▲' : '▼'} ${Math.abs(by)}`;
  const title = `${Math.abs(by)} ${Math.abs(by) === 1 ? 'place' : 'places'} ${by > 0 ? 'higher' : 'lower'} than in the other`;
  return element('span', { className: by > 0 ? 'move up' : 'move down', textContent: text, title });
}

/** @param {string} value @param {string} name */
function figure(value, name) {
  return element('div', {}, [element('b', { textContent: value }), element('span', { textContent: name })]);
}

/** @param {string} textContent @param {string} title */
function chip(textContent, title) {
  return element('span', { className: 'chip', textContent, title });
}

/** @param {number} number */
function tokens(number) {
  return element('span', { textContent: `${count(number)} tokens` });
}

/** @param {number} number */
export function count(number) {
  return number.toLocaleString('en');
}

/** @param {number} ms */
function milliseconds(ms) {
  return ms < 10 ? ms.toFixed(1) : count(Math.round(ms));
}

/** @param {number} part */
function percent(part) {
  return `${Math.round(part * 100)} %`;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Partial<HTMLElementTagNameMap[Tag]>} properties @param {readonly (Node | string)[]} [children]
 */
function element(tag, properties, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
