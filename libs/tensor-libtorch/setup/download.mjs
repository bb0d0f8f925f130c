// A large file over HTTP: with a progress bar, resumed where an interrupted download stopped, checked by SHA-256.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const MEBIBYTE = 2 ** 20;

/** Downloads to `file`; what came in an earlier, interrupted call is kept in `file.part` and not fetched again. */
export async function download(url, file, sha256) {
  const part = `${file}.part`;
  await fetchRest(url, part);
  const digest = await sha256Of(part);
  if (sha256 !== undefined && digest !== sha256) {
    rmSync(part);
    throw new Error(`${url} has SHA-256 ${digest}, expected ${sha256}; the download was deleted`);
  }
  console.log(sha256 === undefined ? `SHA-256 ${digest} (set LIBTORCH_SHA256 to check it)` : `SHA-256 is as expected`);
  renameSync(part, file);
}

async function fetchRest(url, part) {
  const have = existsSync(part) ? statSync(part).size : 0;
  const response = await fetch(url, have === 0 ? {} : { headers: { range: `bytes=${have}-` } }).catch((cause) => {
    throw new Error(`${new URL(url).host} cannot be reached (${cause.cause?.code ?? cause.message})`, { cause });
  });
  if (response.status === 416) return; // Nothing is left to fetch.
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const resumed = response.status === 206;
  const total = Number(response.headers.get('content-length') ?? 0) + (resumed ? have : 0);
  await pipeline(
    response.body,
    meter(resumed ? have : 0, total),
    createWriteStream(part, { flags: resumed ? 'a' : 'w' }),
  );
}

/** Passes bytes on and draws how many: a bar on a terminal, a line for every tenth elsewhere. */
function meter(have, total) {
  let done = have;
  let tenth = Math.floor((10 * have) / total);
  const draw = () => {
    const figure = `${Math.round(done / MEBIBYTE)} of ${Math.round(total / MEBIBYTE)} MiB`;
    if (process.stdout.isTTY) return process.stdout.write(`\r${'█'.repeat((20 * done) / total).padEnd(20)} ${figure}`);
    if (Math.floor((10 * done) / total) > tenth) console.log(figure);
    tenth = Math.floor((10 * done) / total);
  };
  return new Transform({
    transform(chunk, _encoding, next) {
      done += chunk.length;
      if (total > 0) draw();
      next(undefined, chunk);
    },
    flush(next) {
      if (process.stdout.isTTY) process.stdout.write('\n');
      next();
    },
  });
}

async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
