// Bytes of a text, a File or a buffer, as a buffer of their own that can be moved to the worker.

/** @param {Blob | ArrayBuffer | ArrayBufferView | string} source @returns {Promise<ArrayBuffer>} */
export async function bytesOf(source) {
  if (typeof source === 'string') return new TextEncoder().encode(source).buffer;
  if (source instanceof Blob) return source.arrayBuffer();
  if (source instanceof ArrayBuffer) return source.slice(0);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice().buffer;
}
