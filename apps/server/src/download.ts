import { loadEnvironment, readCommandLine, shownWords } from '#libs/config';
import { hubModelOf } from '#libs/model-repository';
import { fetchModel, wantedModels } from './hub/fetch-model.js';

// `npm run download -- [MODEL [REVISION]]`: brings a model into the cache and prints its folder, for images and init
// containers. Without arguments it takes MODEL_NAME and MODEL_REVISION, like the server.
const log = { info: say, warn: say };

try {
  const commandLine = readCommandLine(process.argv.slice(2));
  const [name, revision] = commandLine.positionals;
  const { config } = await loadEnvironment(commandLine);
  const named = name === undefined ? undefined : hubModelOf(name, revision);
  const models = name === undefined ? wantedModels(config.model) : named === undefined ? [] : [named];
  if (models.length === 0) {
    say(
      `${name === undefined ? config.model.MODEL_NAME : shownWords([name])} is not the id of a model on the hub, such as Qwen/Qwen3-Reranker-0.6B: nothing to download`,
    );
    process.exit(name === undefined ? 0 : 1);
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  for (const model of models) {
    process.stdout.write(`${await fetchModel(model, config, log, { signal: stop.signal })}\n`);
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
