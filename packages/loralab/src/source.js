// Model files from wherever they are, piece by piece: a path, a URL, a File, bytes.
import { LabError } from './errors.js';

/**
 * @typedef {string | URL | Blob | ArrayBuffer | Uint8Array} ModelSource
 * @typedef {{ name: string, size: number, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array> }} OpenSource
 */

const KNOWN = { 'smollm2-135m': 'SmolLM2-135M-Instruct.Q4_1.gguf' };
const inNode = () => typeof process === 'object' && Boolean(process.versions?.node);

/** @param {string} name */
async function pathOfKnown(name) {
  const file = KNOWN[/** @type {keyof typeof KNOWN} */ (name)];
  if (!inNode()) throw new LabError({ code: 'not_found', message: `the model ${name} is not in the browser`, remedy: 'Give its URL or a File.' });
  const [{ join }, { homedir }] = [process.getBuiltinModule('node:path'), process.getBuiltinModule('node:os')];
  const { LAB_CACHE, XDG_CACHE_HOME } = process.env;
  return join(LAB_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lora-lab'), file);
}

/** @param {string} path @returns {Promise<OpenSource>} */
async function openPath(path) {
  const { open } = process.getBuiltinModule('node:fs/promises');
  const file = await open(path).catch((error) => {
    throw new LabError({ code: error.code === 'ENOENT' ? 'not_found' : 'io', message: error.code === 'ENOENT' ? 'there is no such file' : error.message, file: path, remedy: 'Check the path.' });
  });
  const { size } = await file.stat();
  async function* pieces() {
    try {
      const piece = new Uint8Array(1 << 22);
      for (let at = 0; at < size;) {
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
  return { name: path, size, pieces: pieces() };
}

/** @param {string} url @param {AbortSignal} signal @returns {Promise<OpenSource>} */
async function openUrl(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body)
    throw new LabError({ code: response.status === 404 ? 'not_found' : 'io', message: `the server answered ${response.status} ${response.statusText}`, file: url });
  const size = Number(response.headers.get('content-length'));
  const encoded = response.headers.get('content-encoding');
  if (size > 0 && (!encoded || encoded === 'identity')) return { name: url, size, pieces: piecesOf(response.body) };
  // The size is not known in advance, so the pieces must wait for the last of them.
  const blob = await response.blob();
  return { name: url, size: blob.size, pieces: piecesOf(blob.stream()) };
}

/** A stream's pieces, also where streams cannot be iterated. @param {ReadableStream<Uint8Array>} stream */
async function* piecesOf(stream) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/**
 * Opens a source in the worker; the engine knows the file by its name.
 * @param {Exclude<ModelSource, URL>} source @param {AbortSignal} signal @returns {Promise<OpenSource>}
 */
export async function openSource(source, signal) {
  if (source instanceof Blob) return { name: 'name' in source ? String(source.name) : 'model.gguf', size: source.size, pieces: piecesOf(source.stream()) };
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return { name: 'model.gguf', size: bytes.length, pieces: [bytes] };
  }
  if (Object.hasOwn(KNOWN, source)) return openPath(await pathOfKnown(source));
  if (/^(https?|blob|data):/.test(source)) return openUrl(source, signal);
  if (inNode()) return openPath(source.startsWith('file:') ? process.getBuiltinModule('node:url').fileURLToPath(source) : source);
  return openUrl(new URL(source, location.href).href, signal);
}
