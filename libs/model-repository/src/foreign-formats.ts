import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

interface Format {
  readonly name: string;
  readonly sign: RegExp;
}

/** What conversions for other software are recognised by. */
const FORMATS: readonly Format[] = [
  { name: 'GGUF (llama.cpp, Ollama)', sign: /\.gguf$/iu },
  { name: 'OpenVINO', sign: /^openvino_.*\.(?:xml|bin)$/iu },
  { name: 'ONNX', sign: /\.onnx(?:_data)?$/iu },
  { name: 'pickle', sign: /^(?:pytorch_model.*|.*model)\.(?:bin|pth?)$/iu },
  { name: 'one part for Mistral’s software', sign: /^consolidated.*\.safetensors$/u },
];
/** Folders in which repositories keep such files. */
const PLACES = ['', 'onnx', 'openvino'];
const ORIGINAL = 'the repository that this one was made from';

/** What a folder without weights that can be read holds instead, and which repository to take; undefined for none of them. */
export function foreignWeights(folder: string): string | undefined {
  for (const { name, sign } of FORMATS) {
    const file = PLACES.flatMap((place) => filesIn(folder, place)).find((each) => sign.test(path.basename(each)));
    if (file === undefined) continue;
    const way = name === 'pickle' ? ', or save it with safetensors (pickle files can run code, and are not read)' : '';
    return `${file} is a model in the format ${name}; take ${baseModel(folder) ?? ORIGINAL} instead${way}`;
  }
  const shard = filesIn(folder, '').find((each) => /^model-\d+-of-\d+\.safetensors$/u.test(each));
  if (shard === undefined) return undefined;
  return `${shard} is one of several shards, and model.safetensors.index.json, which names them, is not there; download it too`;
}

/** Forms of a tokenizer that are not read; transformers makes tokenizer.json of any of them. */
const TOKENIZERS = [['vocab.json', 'merges.txt'], ['tokenizer.model'], ['qwen.tiktoken'], ['vocab.txt']];

/** What a folder without tokenizer.json holds instead, and what to do; undefined for nothing. */
export function foreignTokenizer(folder: string): string | undefined {
  const found = TOKENIZERS.find((files) => files.every((name) => existsSync(path.join(folder, name))));
  if (found === undefined) return undefined;
  return (
    `${found.join(' and ')} are the tokenizer in an older form; make tokenizer.json of it with transformers, ` +
    '`AutoTokenizer.from_pretrained(folder).save_pretrained(folder)`, or take it from the base model'
  );
}

function filesIn(folder: string, place: string): string[] {
  const within = path.join(folder, place);
  if (statSync(within, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(within).map((name) => path.join(place, name));
}

/** What the card of a conversion names as its original. */
function baseModel(folder: string): string | undefined {
  const card = path.join(folder, 'README.md');
  if (statSync(card, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  return /^base_model:\s*(?:\n\s*-\s*)?["']?(?<id>[\w.-]+\/[\w.-]+)/mu.exec(readFileSync(card, 'utf8'))?.groups?.['id'];
}
