const [url, size, kind] = process.argv.slice(2);
const body = Buffer.alloc(Number(size), '[');
const answer = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: kind === 'chunked' ? new Blob([body]).stream() : body,
  duplex: 'half',
});
console.log(answer.status, (await answer.json()).error.type);
