// What --help prints. The options that set variables are in options.txt, which `npm run generate` writes.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const OVERVIEW = `qwen3-reranker COMMAND [options]

  serve      starts the server: every rerank API on one port, a playground at http://localhost:8004/
  rank       ranks the documents of a file, without a server
  download   brings a model of the Hugging Face hub into the cache
  libtorch   gets libtorch and builds the fast backend (Linux with glibc)
  quantise   writes a model in int8, half its size, for this server, vLLM and transformers
  verify     compares the scores of a real model with published ones

\`qwen3-reranker COMMAND --help\` lists the options of each.`;

const FILE_OPTION = '  --env-file FILE\n      File with variables. Default: .env, where there is one.';

const RANK = `qwen3-reranker rank --query TEXT FILE [options]
qwen3-reranker rank --queries FILE FILE [options]

Ranks the documents of FILE, best first. FILE is .txt (a document per line), .jsonl (texts, or objects with a text) or .csv (with
a header line).

  --query TEXT       the query
  --queries FILE     many queries: .txt, .jsonl or .csv in the same way; each ranks all documents
  --instruction TEXT what a relevant document is; default: the model card's
  --field NAME       the field or column that holds the text; default: text
  --top-n N          keep the N best; default: all, 10 in a table
  --format FORMAT    jsonl or table; default: a table on a terminal, jsonl elsewhere
  --output FILE      write there. Finished parts are kept in FILE.progress: the same command goes on where it was stopped
  --restart          forget what FILE.progress holds
  --no-documents     leave the texts out of the result

Example: qwen3-reranker rank --query "What is machine learning?" documents.txt --output ranked.jsonl`;

const DOWNLOAD = `qwen3-reranker download [MODEL [REVISION]]

Brings a model of the Hugging Face hub, such as Qwen/Qwen3-Reranker-0.6B, into the cache and prints its folder. Without a name it
takes MODEL_NAME and MODEL_REVISION, like the server.`;

const LIBTORCH = `qwen3-reranker libtorch [--from zip|maven|wheel|apt] [--unattended]

Gets libtorch where none of 2.2 or newer is there, and builds the fast backend against it. Needs Linux with glibc; CMake, Ninja and
a C++ compiler are installed by apt-get as root.

  --from SOURCE   take this source only
  --unattended    take only what needs no question, and succeed without it`;

const QUANTISE = `qwen3-reranker quantise --model FOLDER --out FOLDER

Writes a model in int8: half the download and disk, and no work at start. The layout is that of compressed-tensors, which vLLM and
transformers load, too. What needs more bits stays in 16: the last layers and down projections.

  --model FOLDER       the model: a folder, or the id of a model of the hub that is in the cache
  --out FOLDER         where it is written: a folder that is new or empty
  --adapter FOLDER     a LoRA adapter that is merged first
  --int8-precise LIST  other places to keep: layers and products, as \`npm run bench -- calibrate-int8\` lists them, or none

Example: qwen3-reranker quantise --model ~/Qwen3-Reranker-4B --out ~/Qwen3-Reranker-4B-int8`;

const VERIFY = `qwen3-reranker verify --model FOLDER
qwen3-reranker verify --url URL --size 0.6b|4b|8b [--key KEY]

Compares the scores of a real model with published ones: expected, got, difference. --model starts a server on a checkpoint, --url
asks a running one.`;

export function isHelp(word) {
  return word === '--help' || word === '-h';
}

export function helpFor(command) {
  if (command === 'serve') return `qwen3-reranker serve [options]\n\nStarts the server.\n\n${variableOptions()}`;
  if (command === 'rank') return `${RANK}\n\n${variableOptions()}`;
  return { download: DOWNLOAD, libtorch: LIBTORCH, quantise: QUANTISE, verify: VERIFY }[command];
}

function variableOptions() {
  return `${FILE_OPTION}\n\n${readFileSync(path.join(import.meta.dirname, 'options.txt'), 'utf8').trimEnd()}`;
}
