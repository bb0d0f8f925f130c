const LOOK_MS = 1000;

/**
 * Of the signals that end it, `npm start` passes on SIGINT and SIGTERM alone: one that a closed terminal ends leaves its server behind.
 * So the server, and what builds it, stop once their parent is another.
 */
export function stopWithNpm() {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const npm = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(look);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS);
  look.unref();
}
