export type HubErrorCode =
  | 'hub_checksum'
  | 'hub_disk'
  | 'hub_gated'
  | 'hub_interrupted'
  | 'hub_not_found'
  | 'hub_offline'
  | 'hub_protocol'
  | 'hub_unauthorized'
  | 'hub_unreachable';

/** A download that cannot go on; the message says what happened and what to do. It never holds a token. */
export class HubError extends Error {
  override readonly name = 'HubError';

  constructor(
    readonly code: HubErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
