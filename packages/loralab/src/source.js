// Model files from wherever they are, piece by piece: a path, a URL, a File, bytes.
import { piecesOf } from './download.js';
import { LabError } from './errors.js';
import { KNOWN } from './models.js';

/**
 * @typedef {string | URL | Blob | ArrayBuffer | Uint8Array} ModelSource
 * @typedef {{ name: string, size: number, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array> }} OpenSource
 */

const inNode = typeof process === 'object' && Boolean(process.versions?.node);

/** Where ./lab and lora-lab keep a known model, in Node. @param {string} name @returns {string | undefined} */
export function pathOfKnown(name) {
  if (!inNode) return undefined;
  const [{ join }, { homedir }] = [process.getBuiltinModule('node:path'), process.getBuiltinModule('node:os')];
  const { LAB_CACHE, XDG_CACHE_HOME } = process.env;
  return join(LAB_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lora-lab'), KNOWN[name].file);
}

/** @param {string | undefined} path */
export const isThere = (path) => path !== undefined && process.getBuiltinModule('node:fs').existsSync(path);

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
  if (/^(blob|data):/.test(source)) return openSource(await (await fetch(source, { signal })).blob(), signal);
  if (!inNode) throw new LabError({ code: 'not_found', message: 'there is no such model', file: source, remedy: 'Give a known name, a URL or a File.' });
  if (Object.hasOwn(KNOWN, source)) return openPath(/** @type {string} */ (pathOfKnown(source)));
  return openPath(source.startsWith('file:') ? process.getBuiltinModule('node:url').fileURLToPath(source) : source);
}
