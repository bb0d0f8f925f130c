import { HubError } from './hub-error.js';
import type { HubModel, HubSettings } from './hub-settings.js';

interface Asked {
  readonly model: HubModel;
  readonly settings: HubSettings;
  /** The file that was asked for. */
  readonly name: string;
}

/** What a status of the hub means for the one who starts the server. `errorCode` is the hub's X-Error-Code. */
export function refusal({ model, settings, name }: Asked, status: number, errorCode: string): HubError {
  const page = `${settings.endpoint}/${model.id}`;
  const said = `${settings.endpoint} answered ${status}`;
  if (errorCode === 'GatedRepo') {
    const token = settings.token === undefined ? 'set HF_TOKEN to' : 'check that HF_TOKEN is';
    return new HubError(
      'hub_gated',
      `${model.id} is gated (${said}): accept its terms at ${page} and ${token} a token of that account`,
    );
  }
  if (status === 401 || status === 403) return new HubError('hub_unauthorized', unauthorized(model, settings, said));
  if (errorCode === 'RevisionNotFound') {
    return new HubError(
      'hub_not_found',
      `${model.id} has no revision ${model.revision} (${said}): check MODEL_REVISION`,
    );
  }
  if (status === 404) {
    return new HubError(
      'hub_not_found',
      `there is no ${name} of ${model.id} at revision ${model.revision} (${said}): check MODEL_NAME and MODEL_REVISION`,
    );
  }
  return new HubError('hub_unreachable', `${said} for ${name} of ${model.id}: the hub has a problem, try again later`);
}

/** The hub answers 401 for a name that does not exist, too. */
function unauthorized(model: HubModel, settings: HubSettings, said: string): string {
  if (settings.token !== undefined) {
    return `HF_TOKEN does not open ${model.id} (${said}): it is not valid, or its account has no access; check it, and MODEL_NAME`;
  }
  return `${model.id} does not exist or is private (${said}): check MODEL_NAME, or set HF_TOKEN to a token that may read it`;
}

const WITHOUT_NAME = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** Names the host and the reason of a request that got no answer. */
export function unreachable({ endpoint }: HubSettings, cause: unknown): HubError {
  const reason = innermost(cause);
  const { host } = new URL(endpoint);
  const ways =
    'check the network, set HF_ENDPOINT to a mirror, or put the model into the cache and set HF_HUB_OFFLINE=true';
  const { code, hostname } = reason as NodeJS.ErrnoException & { hostname?: string };
  // The reason may name another host than the hub's: its storage, which firewalls forget.
  const said = WITHOUT_NAME.has(code ?? '')
    ? `the name ${hostname ?? host} cannot be resolved (${code})`
    : `${host} cannot be reached (${reason.message === '' ? code : reason.message})`;
  return new HubError('hub_unreachable', `${said}: ${ways}`, { cause });
}

/** fetch says only "fetch failed"; what failed is its cause. */
function innermost(error: unknown): Error {
  const cause = (error as Error).cause;
  return cause instanceof Error ? innermost(cause) : (error as Error);
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Words for a cache that cannot be written. */
export function diskError(cause: NodeJS.ErrnoException, cacheFolder: string): HubError {
  if (FULL.has(cause.code ?? '')) {
    return new HubError(
      'hub_disk',
      `the disk of ${cacheFolder} is full: free some space or set HF_HUB_CACHE to a larger one; what was received is kept`,
      { cause },
    );
  }
  return new HubError(
    'hub_disk',
    `the model cache ${cacheFolder} cannot be written (${cause.code}): make it writable for this user or set HF_HUB_CACHE`,
    { cause },
  );
}

/** Says so before the first byte, not after the last. */
export function tooLarge(cacheFolder: string, neededBytes: number, freeBytes: number): HubError {
  return new HubError(
    'hub_disk',
    `the download needs ${gigabytes(neededBytes)} GB more, and the disk of ${cacheFolder} has ${gigabytes(freeBytes)} GB: ` +
      'free some space or set HF_HUB_CACHE to a larger one',
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(2);
}
