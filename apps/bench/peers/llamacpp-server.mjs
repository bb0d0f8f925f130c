// llama.cpp's rank API behind HTTP, by way of node-llama-cpp: `node llamacpp-server.mjs MODEL.gguf PORT THREADS FOLDER`.
// FOLDER is where node-llama-cpp is installed; it is no dependency of this project.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modelPath, port, threads, folder] = process.argv.slice(2);
const resolve = createRequire(path.join(folder, 'package.json')).resolve;
const { getLlama } = await import(pathToFileURL(resolve('node-llama-cpp')).href);

// What it prints while it loads names the memory that the weights lie in, AMX or not: the bench reads it there.
const logger = (level, message) => console.error(message.trimEnd());
const llama = await getLlama({ gpu: false, build: 'never', progressLogs: false, logLevel: 'log', logger });
const model = await llama.loadModel({ modelPath });
// The spaces before query and document belong to their tokens; the package would tokenise the texts without them.
const template = model.fileInfo.metadata.tokenizer['chat_template.rerank'];
const context = await model.createRankingContext({
  contextSize: 4096,
  batchSize: 4096,
  threads: Number(threads),
  template: template.replace(' {query}', '{{query}}').replace(' {document}', '{{document}}'),
});
const tokens = (text) => model.tokenize(` ${text}`);
const format = path.basename(modelPath, '.gguf');
const used = /(?:AVX|AMX)\w*(?= = 1)/gu;
const instructionSets = llama.systemInfo.match(used).join(' ');
const about = `node-llama-cpp, llama.cpp ${llama.llamaCppRelease.release}, ${format}, ${instructionSets}`;

const server = createServer(async (request, response) => {
  response.setHeader('content-type', 'application/json');
  if (request.method === 'GET') return response.end(JSON.stringify({ status: 'ok', about }));
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { query, documents } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const scores = await context.rankAll(tokens(query), documents.map(tokens));
    response.end(JSON.stringify({ results: scores.map((score, index) => ({ index, relevance_score: score })) }));
  } catch (error) {
    response.writeHead(500).end(JSON.stringify({ error: { message: String(error) } }));
  }
});
server.listen(Number(port), '127.0.0.1');
