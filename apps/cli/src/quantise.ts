import { hubCacheFolder } from '#apps/server';
import { ConfigError, loadEnvironment, readCommandLine } from '#libs/config';
import { embeddedModelFolder } from '#libs/embedded-model';
import { readCheckpointConfig, resolveModel, writeInt8Checkpoint } from '#libs/model-repository';
import { PreciseWeights } from '#libs/models';

// `quantise --model FOLDER --out FOLDER`: writes a model in int8, as this server, vLLM and transformers load it.

const MEBIBYTE = 2 ** 20;

try {
  const commandLine = readCommandLine(process.argv.slice(2), { out: 'text' });
  const { out } = commandLine.options;
  if (out === undefined)
    throw new ConfigError(['expected --out FOLDER, new or empty', '`quantise --help` has an example']);
  const {
    config: { model: config, hub, device },
  } = await loadEnvironment(commandLine);
  const model = resolveModel(config.MODEL_NAME, {
    embeddedFolder: embeddedModelFolder,
    cacheFolder: hubCacheFolder(hub),
    revision: config.MODEL_REVISION,
    adapter: config.ADAPTER,
    adapterRevision: config.ADAPTER_REVISION,
  });
  const precise = PreciseWeights.of(device.INT8_PRECISE, readCheckpointConfig(model.folder), true);
  const { kept, bytes } = writeInt8Checkpoint(model, out, (module) => precise.hasModule(module));
  process.stdout.write(
    `${out}: ${Math.round(bytes / MEBIBYTE)} MiB in int8, weights that keep more bits: ${kept.length}; serve it with MODEL_NAME=${out} DTYPE=int8\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
