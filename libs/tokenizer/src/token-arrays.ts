export function concatenate(...parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(totalTokens(parts));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function totalTokens(segments: readonly Int32Array[]): number {
  return segments.reduce((tokens, ids) => tokens + ids.length, 0);
}
