/** The page's behaviour: reads the form, asks the server, shows what came back. No framework, nothing from elsewhere. */
import { documentsOfFile, readDocuments, writeDocuments } from './documents.js';
import { EXAMPLE } from './example.js';
import { count, drawRankings } from './ranking-view.js';
import { health, rerank, RequestError } from './rerank-client.js';
import { DIALECTS, snippet } from './snippets.js';

const SNIPPET_DOCUMENTS = 20;
const HEALTH_INTERVAL_MS = 15_000;

/** @type {(id: string) => any} */
const byId = (id) => document.getElementById(id);
const form = byId('form');
const fields = { query: byId('query'), documents: byId('documents'), instruction: byId('instruction') };
const isMac = navigator.userAgent.includes('Mac');

/** The request under way. @type {AbortController | undefined} */
let running;
/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;

start();

function start() {
  byId('rank-key').textContent = isMac ? '⌘ ↵' : 'Ctrl ↵';
  byId('dialect').append(...Object.entries(DIALECTS).map(([value, { title }]) => new Option(title, value)));
  showExample();
  form.addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    void rank();
  });
  form.addEventListener('input', () => formChanged());
  for (const control of [byId('dialect'), ...languages()]) control.addEventListener('change', showSnippet);
  byId('compare').addEventListener('change', showSecond);
  byId('cancel').addEventListener('click', cancel);
  byId('example').addEventListener('click', showExample);
  byId('copy').addEventListener('click', () => void copy());
  byId('open').addEventListener('click', () => byId('file').click());
  byId('file').addEventListener('change', () => void takeFile(byId('file').files[0]));
  byId('theme').addEventListener('change', () => setTheme(byId('theme').value));
  document.addEventListener('keydown', shortcut);
  listenForDrops(byId('drop'));
  void showHealth();
  setInterval(() => void showHealth(), HEALTH_INTERVAL_MS);
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
  if (event.key === 'Escape') cancel();
}

// --- Ranking

async function rank() {
  cancel();
  clearError();
  const { documents } = readDocuments(fields.documents.value);
  if (documents.length === 0)
    return showError(new RequestError('There are no documents.', 'Enter at least one.', { field: 'documents' }));
  const controller = new AbortController();
  running = controller;
  setBusy(true);
  try {
    const asked = instructions();
    const rankings = await Promise.all(
      asked.map((instruction) => rerank(requestOf(documents, instruction), byId('key').value, controller.signal)),
    );
    show(rankings, asked, documents);
  } catch (error) {
    if (!controller.signal.aborted) showError(error);
  } finally {
    if (running === controller) {
      running = undefined;
      setBusy(false);
    }
  }
}

/** @param {readonly string[]} documents @param {string} instruction '' for the server's own. */
function requestOf(documents, instruction) {
  return {
    query: fields.query.value,
    ...(instruction !== '' && { instruction }),
    ...(byId('spans').checked && { spans: true }),
    documents,
  };
}

/** @returns {string[]} */
function instructions() {
  const first = fields.instruction.value.trim();
  return byId('compare').checked ? [first, byId('instruction-b').value.trim()] : [first];
}

/**
 * @param {readonly import('./rerank-client.js').Ranking[]} rankings @param {readonly string[]} asked
 * @param {readonly string[]} documents
 */
function show(rankings, asked, documents) {
  const places = rankings.map(({ results }) => new Map(results.map(({ index }, place) => [index, place])));
  const columns = rankings.map((ranking, at) => ({
    title: rankings.length === 1 ? 'Ranking' : asked[at] || "The server's own instruction",
    ranking,
    ...(rankings.length > 1 && { places: places[1 - at] }),
  }));
  drawRankings(byId('columns'), columns, documents);
  byId('announcement').textContent =
    `Ranked ${count(documents.length)} documents in ${Math.round(rankings[0]?.totalMs ?? 0)} ms.`;
  bringIntoView(byId('results'));
}

/** Where the page is one column, the result and errors are below what is seen. @param {HTMLElement} box */
function bringIntoView(box) {
  const { top, bottom } = box.getBoundingClientRect();
  const mostlySeen = top >= 0 && (bottom <= innerHeight || top < innerHeight / 2);
  if (!mostlySeen) box.scrollIntoView({ block: 'start' });
}

function cancel() {
  running?.abort();
  running = undefined;
  setBusy(false);
}

/** @param {boolean} busy */
function setBusy(busy) {
  byId('results').setAttribute('aria-busy', String(busy));
  byId('busy').hidden = !busy;
  byId('cancel').hidden = !busy;
}

// --- Errors

/** @param {unknown} error */
function showError(error) {
  const known = error instanceof RequestError ? error : new RequestError('Something went wrong.', String(error));
  const title = document.createElement('b');
  title.textContent = known.title;
  const box = byId('error');
  box.replaceChildren(title, ` ${known.advice} `);
  box.hidden = false;
  pointOut(fields[/** @type {keyof typeof fields} */ (known.field ?? '')]);
  if (known.status === 401) askForKey();
  if (known.canRetry) box.append(retryButton(known.retryAfterSeconds ?? 0));
  bringIntoView(box);
  void showHealth();
}

/** @param {HTMLElement | undefined} field */
function pointOut(field) {
  field?.setAttribute('aria-invalid', 'true');
  field?.focus({ preventScroll: true });
}

function askForKey() {
  byId('key-box').open = true;
  byId('key').focus();
}

/** Waits as long as the server asked, then can be pressed. @param {number} seconds */
function retryButton(seconds) {
  const button = document.createElement('button');
  button.type = 'submit';
  let left = seconds;
  const tick = () => {
    button.disabled = left > 0;
    button.textContent = left > 0 ? `Try again in ${left} s` : 'Try again';
    if (left <= 0) clearInterval(countdown);
    left -= 1;
  };
  tick();
  countdown = setInterval(tick, 1000);
  return button;
}

function clearError() {
  clearInterval(countdown);
  byId('error').hidden = true;
  for (const field of Object.values(fields)) field.removeAttribute('aria-invalid');
}

// --- The form

function formChanged() {
  for (const field of Object.values(fields)) field.removeAttribute('aria-invalid');
  showCount();
  showSnippet();
}

function showCount() {
  const { documents, form: read } = readDocuments(fields.documents.value);
  byId('count').textContent = `${count(documents.length)} ${read === 'JSON' ? 'in JSON' : 'lines'}`;
}

function showSecond() {
  const on = byId('compare').checked;
  byId('second').hidden = !on;
  if (on && byId('instruction-b').value === '') byId('instruction-b').value = EXAMPLE.secondInstruction;
}

function showExample() {
  fields.query.value = EXAMPLE.query;
  fields.instruction.value = EXAMPLE.instruction;
  fields.documents.value = EXAMPLE.documents.join('\n');
  clearError();
  formChanged();
}

/** @param {File | undefined} file */
async function takeFile(file) {
  byId('file').value = '';
  if (file === undefined) return;
  try {
    fields.documents.value = writeDocuments(documentsOfFile(file.name, await file.text()));
    clearError();
    formChanged();
    fields.documents.focus();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    showError(new RequestError('This file cannot be read.', `${reason}.`, { field: 'documents' }));
  }
}

/** @param {HTMLElement} target */
function listenForDrops(target) {
  target.addEventListener('dragover', (event) => {
    event.preventDefault();
    target.classList.add('dropping');
  });
  target.addEventListener('dragleave', () => target.classList.remove('dropping'));
  target.addEventListener('drop', (event) => {
    target.classList.remove('dropping');
    const [file] = event.dataTransfer?.files ?? [];
    if (file === undefined) return; // Dropped text goes where the browser puts it.
    event.preventDefault();
    void takeFile(file);
  });
}

// --- Code

/** @returns {HTMLInputElement[]} */
function languages() {
  return [...form.ownerDocument.querySelectorAll('input[name="language"]')];
}

function showSnippet() {
  const { documents } = readDocuments(fields.documents.value);
  const instruction = fields.instruction.value.trim();
  const dialect = byId('dialect').value;
  const language = languages().find(({ checked }) => checked)?.value ?? 'curl';
  byId('snippet').textContent = snippet(dialect, language, {
    url: location.href.replace(/[?#].*$/u, '').replace(/\/$/u, ''),
    query: fields.query.value,
    documents: documents.slice(0, SNIPPET_DOCUMENTS),
    ...(instruction !== '' && { instruction }),
    withKey: byId('key').value !== '',
  });
  byId('snippet-note').textContent = snippetNotes(dialect, instruction, documents.length).join(' ');
}

/** @param {string} dialect @param {string} instruction @param {number} documents */
function snippetNotes(dialect, instruction, documents) {
  const notes = [];
  if (documents > SNIPPET_DOCUMENTS)
    notes.push(`Shows the first ${SNIPPET_DOCUMENTS} of ${count(documents)} documents.`);
  if (instruction !== '' && !DIALECTS[dialect]?.instruction) {
    notes.push(`This API has no field for an instruction: the server's own applies.`);
  }
  if (byId('key').value !== '') notes.push('Put your key into RERANK_API_KEY.');
  return notes;
}

async function copy() {
  const button = byId('copy');
  try {
    await navigator.clipboard.writeText(byId('snippet').textContent);
    button.textContent = 'Copied';
  } catch {
    // Not a secure context, or not allowed: select it, so that one key copies it.
    getSelection()?.selectAllChildren(byId('snippet'));
    button.textContent = `Press ${isMac ? '⌘' : 'Ctrl'} C`;
  }
  setTimeout(() => (button.textContent = 'Copy'), 2000);
}

// --- The server's state, colours

async function showHealth() {
  const state = await health();
  byId('server').dataset.state = state?.status ?? 'gone';
  byId('server-text').textContent = healthText(state);
  byId('embedded').hidden = state?.model !== 'embedded';
  if (state?.authentication?.required && byId('key').value === '') byId('key-box').open = true;
}

/** @param {Record<string, any> | undefined} state */
function healthText(state) {
  if (state === undefined) return 'no answer';
  if (state.status !== 'healthy') return `${state.model}: ${state.state}`;
  return `${state.model} · ${state.backend} · ${state.device} · ${state.dtype}`;
}

/** @param {string} theme '' follows the system. */
function setTheme(theme) {
  if (theme === '') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
