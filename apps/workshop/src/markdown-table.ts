/** Of a part of 1, with a digit behind the point. */
export function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
