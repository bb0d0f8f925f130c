const NO_ADDRESS = 'the name has no address here; set HOST to an address of this machine, such as 0.0.0.0 or ::';

/** What to do, by the system's code for why a port cannot be opened. */
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use; stop the program that has it, or set another port',
  EACCES: 'this user may not open it; take a port above 1023',
  EADDRNOTAVAIL: 'the address is not one of this machine; set HOST to one that is, or to 0.0.0.0',
  ENOTFOUND: NO_ADDRESS,
  EAI_AGAIN: NO_ADDRESS,
};

/** `error` as it was where its reason is none of the usual ones. `variable` names the setting of the port: `PORT`. */
export function listenError(
  error: unknown,
  { host, port, variable }: { readonly host: string; readonly port: number; readonly variable: string },
): unknown {
  const advice = ADVICE[(error as NodeJS.ErrnoException).code ?? ''];
  if (advice === undefined) return error;
  return new Error(`${variable} ${port} on ${host} cannot be opened: ${advice}`, { cause: error });
}
