const WIDTH = 40;

/** `[####....]` for 0 to 100 percent. */
export function progressBar(percent: number): string {
  const filled = Math.round((percent / 100) * WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}]`;
}
