import type { RequestShare } from '#libs/batching';
import type { FromEngine, ToEngine } from './engine-protocol.js';

// frame:   [ header length, u32 LE ][ header, JSON in UTF-8, padded to 4 bytes ][ payload: 4-byte elements, LE ]
//
// Ids and scores travel as raw 4-byte elements behind a small header, so that a batch costs a copy and not a parse.

const LENGTH_BYTES = 4;

interface ShareHeader {
  readonly requestId: number;
  readonly last: boolean;
  readonly prefix: readonly number[];
  readonly documents: readonly number[];
  /** Absent: no tail. */
  readonly tail?: number;
}

type Header = { readonly kind: string } & Record<string, unknown>;

export function encodeToEngine(message: ToEngine): Uint8Array {
  if (message.kind !== 'score') return encode({ ...message }, []);
  const { shares } = message.batch;
  const header = { kind: message.kind, batchId: message.batchId, shares: shares.map((share) => shareHeader(share)) };
  return encode(
    header,
    shares.flatMap(({ prefix, documents, tail }) => prefix.concat(documents, tail === undefined ? [] : [tail])),
  );
}

export function decodeToEngine(frame: Uint8Array): ToEngine {
  const { header, payload } = decode(frame);
  if (header.kind !== 'score') return header as unknown as ToEngine;
  const { batchId, shares } = header as unknown as { batchId: number; shares: readonly ShareHeader[] };
  const ids = new Int32Array(payload.buffer, payload.byteOffset, payload.byteLength / Int32Array.BYTES_PER_ELEMENT);
  let offset = 0;
  const take = (length: number) => ids.subarray(offset, (offset += length));
  const decoded = shares.map(({ requestId, last, prefix, documents, tail }): RequestShare => {
    const share = { requestId, last, prefix: prefix.map(take), documents: documents.map(take) };
    return tail === undefined ? share : Object.assign(share, { tail: take(tail) });
  });
  return { kind: 'score', batchId, batch: { shares: decoded } };
}

export function encodeFromEngine(message: FromEngine): Uint8Array {
  if (message.kind !== 'scores') return encode({ ...message }, []);
  const { logits, ...header } = message;
  return encode(header, [logits]);
}

export function decodeFromEngine(frame: Uint8Array): FromEngine {
  const { header, payload } = decode(frame);
  if (header.kind !== 'scores') return header as unknown as FromEngine;
  const elements = payload.byteLength / Float32Array.BYTES_PER_ELEMENT;
  return { ...header, logits: new Float32Array(payload.buffer, payload.byteOffset, elements) } as unknown as FromEngine;
}

function shareHeader({ requestId, last, prefix, documents, tail }: RequestShare): ShareHeader {
  return {
    requestId,
    last,
    prefix: prefix.map((ids) => ids.length),
    documents: documents.map((ids) => ids.length),
    ...(tail !== undefined && { tail: tail.length }),
  };
}

function encode(header: Header, arrays: readonly (Int32Array | Float32Array)[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = payloadStart(text.byteLength);
  const payloadBytes = arrays.reduce((bytes, array) => bytes + array.byteLength, 0);
  const frame = new Uint8Array(start + payloadBytes);
  new DataView(frame.buffer).setUint32(0, text.byteLength, true);
  frame.set(text, LENGTH_BYTES);
  let offset = start;
  for (const array of arrays) {
    frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += array.byteLength;
  }
  return frame;
}

function decode(frame: Uint8Array): { header: Header; payload: Uint8Array } {
  const headerBytes = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(frame.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes));
  // A copy, because a typed array's offset must be a multiple of 4 and a received frame may start anywhere.
  return { header: JSON.parse(text) as Header, payload: frame.slice(payloadStart(headerBytes)) };
}

function payloadStart(headerBytes: number): number {
  return LENGTH_BYTES + Math.ceil(headerBytes / 4) * 4;
}
