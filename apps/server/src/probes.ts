const PROBES = /^\/((v1\/)?health(\/[a-z]+)?|ping|metrics)\/?(\?|$)/u;

/** Paths that must answer whatever the load is. */
export function isProbe(url: string | undefined): boolean {
  return PROBES.test(url ?? '');
}
