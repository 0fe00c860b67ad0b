// unzip(): files of a zip archive, stored or deflated (PKWARE's APPNOTE.TXT 4.3, without ZIP64 and encryption).
import { LabError } from './errors.js';
import { crc32 } from './zip.js';

const LIMIT = 2 ** 31;

/** @param {string} message @param {string} [field] @returns {never} */
function refuse(message, field) {
  throw new LabError({ code: 'corrupt', message: `the zip archive cannot be read: ${message}`, field, remedy: 'Make it again, or give the files themselves.' });
}

/** Where the directory lies: its end record is at the end, but for a comment. @param {DataView} view */
function directoryOf(view) {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 65535); --at)
    if (view.getUint32(at, true) === 0x06054b50) return { count: view.getUint16(at + 10, true), at: view.getUint32(at + 16, true) };
  return refuse('its directory is missing');
}

/** @param {Uint8Array<ArrayBuffer>} bytes deflated @param {number} size of what comes out @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function inflate(bytes, size) {
  const out = new Uint8Array(size);
  let at = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (at + next.value.length > size) {
      await reader.cancel();
      refuse('a file is longer than its directory says');
    }
    out.set(next.value, at);
    at += next.value.length;
  }
  return at === size ? out : refuse('a file is shorter than its directory says');
}

/**
 * The files whose names are wanted. @param {ArrayBuffer} archive @param {(name: string) => boolean} wanted
 * @returns {Promise<{ path: string, bytes: ArrayBuffer }[]>}
 */
export async function unzip(archive, wanted) {
  const view = new DataView(archive), files = [];
  try {
    let { count, at } = directoryOf(view);
    for (; count > 0; --count) {
      if (view.getUint32(at, true) !== 0x02014b50) refuse('its directory is damaged');
      const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
      const [crc, packed, size] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true));
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
      const local = view.getUint32(at + 42, true);
      const name = new TextDecoder().decode(new Uint8Array(archive, at + 46, nameLength));
      at += 46 + nameLength + extra + comment;
      if (!wanted(name)) continue;
      if (flags & 1) refuse('a file is encrypted', name);
      if (size >= LIMIT || packed > archive.byteLength) refuse('a file is too large', name);
      const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      const stored = new Uint8Array(archive, begin, packed);
      if (method !== 0 && method !== 8) refuse(`a file is compressed by method ${method}`, name);
      const bytes = method === 0 ? stored.slice() : await inflate(stored.slice(), size);
      if (crc32(bytes) !== crc) refuse('a file does not have the checksum of its directory', name);
      files.push({ path: name, bytes: bytes.buffer });
    }
  } catch (error) {
    if (error instanceof LabError) throw error;
    refuse(error instanceof RangeError ? 'it is cut off' : String(/** @type {any} */ (error)?.message ?? error));
  }
  return files;
}
