// Bytes of a text, a File or a buffer, as a buffer of their own that can be moved to the worker.

/** @typedef {Blob | ArrayBuffer | ArrayBufferView | string} Bytes */

/** @param {Bytes} source @returns {Promise<ArrayBuffer>} */
export async function bytesOf(source) {
  if (typeof source === 'string') return new TextEncoder().encode(source).buffer;
  if (source instanceof Blob) return source.arrayBuffer();
  if (source instanceof ArrayBuffer) return source.slice(0);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice().buffer;
}

/** Pieces in one. @param {ArrayBuffer[]} pieces @returns {Uint8Array<ArrayBuffer>} */
export function joined(pieces) {
  if (pieces.length === 1) return new Uint8Array(pieces[0]);
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(new Uint8Array(piece), at);
    at += piece.byteLength;
  }
  return out;
}
