import { parse } from 'secure-json-parse';
import { JsonFault } from './json-fault.js';

/**
 * From the bytes of a body that the scanner let pass to its value. Documents may carry any key; two are dropped before
 * anything copies them into a prototype.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  try {
    return parse(text, undefined, { protoAction: 'remove', constructorAction: 'remove' });
  } catch (error) {
    // What the scanner leaves to the parser: what follows \u, and control characters in long strings.
    throw JsonFault.syntax((error as Error).message.replace(' in JSON', ''));
  }
}
