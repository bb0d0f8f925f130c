// HEALTHCHECK of the images, which have no curl: healthy is a server that can score.
const port = process.env.PORT ?? '8004';
const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
process.exit(answer?.ok === true ? 0 : 1);
