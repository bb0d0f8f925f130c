import type { EngineInformation } from '#libs/engine';

/** What a person wants to know once an engine is up: what computes, in which format, and how fast it was measured to be. */
export function inWords(information: EngineInformation): string {
  const { backend, version, device, dtype, threads, formats, tokensPerSecond, loadSeconds } = information;
  return [
    `${backend} ${version} on ${device}`,
    formats === undefined ? dtype : `${dtype} (${formats})`,
    `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    `${Math.round(tokensPerSecond).toLocaleString('en')} tokens/s measured`,
    `loaded in ${loadSeconds.toFixed(1)} s`,
  ].join(', ');
}
