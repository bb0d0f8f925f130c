import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeSync, openSync, closeSync } from 'node:fs';
import { loadEnvironment, readCommandLine, type AppConfig } from '#libs/config';
import { createLogger } from '#libs/logging';
import { startOffline, type OfflineEngine } from './offline-engine.js';
import { ProgressReport } from './progress-report.js';
import { placesOf, scoreParts, type RankInput } from './rank-parts.js';
import { RANK_OPTIONS, rankSettings, type RankSettings } from './rank-settings.js';
import { jsonLines, tableLines, type Scores } from './ranked-lines.js';
import { readTexts, type TextItem } from './read-texts.js';
import { ScoreJournal, type PartScores } from './score-journal.js';

// `rank --query TEXT FILE`: ranks the documents of a file with the same engine as the server, for first trials and batch jobs.

/**
 * A file is patient: no part of it may time out, or be refused because others wait. And batches are of one size: one that follows the
 * measured speed would give other last digits in another run.
 */
const DEFAULTS = {
  REQUEST_TIMEOUT: '86400',
  MAX_QUEUE_SECONDS: '86400',
  MAX_TEXT_CHARACTERS: '100000000',
  MAX_BATCH_TOKENS: '4096',
};
const INTERRUPTED = 130;
const TERMINAL_WIDTH = 100;
const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

try {
  const commandLine = readCommandLine(process.argv.slice(2), RANK_OPTIONS);
  const settings = rankSettings(commandLine, process.stdout.isTTY);
  const { config, warnings } = await loadEnvironment({ ...commandLine, defaults: DEFAULTS });
  for (const warning of warnings) say(warning);
  await rankFile(settings, config);
  process.exit(0);
} catch (error) {
  if (!stopping.signal.aborted) say(error instanceof Error ? error.message : String(error));
  process.exit(stopping.signal.aborted ? INTERRUPTED : 1);
}

async function rankFile(settings: RankSettings, config: AppConfig): Promise<void> {
  const items = readTexts(settings.file, settings.field);
  const work = workOf(settings, items);
  const logger = createLogger({
    level: config.logging.LOG_LEVEL,
    requests: config.logging.ENABLE_LOGGING,
    format: config.logging.LOG_FORMAT,
    descriptor: STANDARD_ERROR,
  });
  const engine = await startOffline(config, logger, stopping.signal);
  try {
    write(settings, work, items, await scoresOf(settings, work, config, engine));
  } finally {
    await engine.close();
  }
}

function workOf({ query, field, instruction }: RankSettings, items: readonly TextItem[]): RankInput {
  return {
    queries: 'text' in query ? [query.text] : readTexts(query.file, field).map(({ text }) => text),
    documents: items.map(({ text }) => text),
    ...(instruction !== undefined && { instruction }),
  };
}

async function scoresOf(
  { output, restart }: RankSettings,
  work: RankInput,
  config: AppConfig,
  engine: OfflineEngine,
): Promise<Scores> {
  const journalFile = output === undefined ? undefined : `${output}.progress`;
  if (restart && journalFile !== undefined) rmSync(journalFile, { force: true });
  const opened = journalFile === undefined ? undefined : ScoreJournal.open(journalFile, runOf(work, config, engine));
  const scores = new Map<number, PartScores>(opened?.finished);
  const total = work.queries.length * work.documents.length;
  let finished = [...scores.keys()].reduce((sum, part) => sum + documentsOf(part, work), 0);
  if (finished > 0) say(`going on after ${finished} of ${total} documents`);
  const report = new ProgressReport(total, finished, process.stderr);
  const done = (part: number, found: PartScores): void => {
    scores.set(part, found);
    opened?.journal.add(part, found);
    finished += documentsOf(part, work);
    report.moved(finished);
  };
  try {
    await scoreParts(work, scores, { scorer: engine.rerank, signal: stopping.signal, done });
  } catch (error) {
    if (stopping.signal.aborted) sayStopped(finished, total, output);
    throw error;
  }
  return scores;
}

function sayStopped(finished: number, total: number, output: string | undefined): void {
  const next =
    output === undefined ? 'with --output FILE it could go on from here' : 'the same command goes on from here';
  say(`\nstopped after ${finished} of ${total} documents; ${next}`);
}

/** What decides on the scores: another run's must not be mixed in. */
function runOf(
  work: RankInput,
  { model, batching }: AppConfig,
  { information }: OfflineEngine,
): Record<string, string | number> {
  const { backend, version, dtype } = information;
  return {
    model: model.MODEL_NAME,
    revision: model.MODEL_REVISION ?? '',
    engine: `${backend} ${version} ${dtype}`,
    max_length: model.MAX_LENGTH,
    max_batch_tokens: batching.MAX_BATCH_TOKENS ?? 'auto',
    instruction: work.instruction ?? model.DEFAULT_INSTRUCTION ?? '',
    documents: work.documents.length,
    texts: createHash('sha256')
      .update(JSON.stringify([work.queries, work.documents]))
      .digest('hex'),
  };
}

/** The result appears whole under its name, and the progress file is gone then. */
function write(settings: RankSettings, work: RankInput, items: readonly TextItem[], scores: Scores): void {
  const { output, format, topN, documents } = settings;
  const shown = { documents, ...(topN !== undefined && { topN }), width: process.stdout.columns || TERMINAL_WIDTH };
  const lines = (format === 'table' ? tableLines : jsonLines)(work, items, scores, shown);
  const partial = `${output}.partial`;
  const file = output === undefined ? STANDARD_OUTPUT : openSync(partial, 'w');
  for (const line of lines) writeSync(file, line);
  if (output === undefined) return;
  closeSync(file);
  renameSync(partial, output);
  rmSync(`${output}.progress`, { force: true });
}

function documentsOf(part: number, work: RankInput): number {
  const { from, to } = placesOf(part, work);
  return to - from;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
