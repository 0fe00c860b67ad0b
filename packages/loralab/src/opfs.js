// The browser's own file system for this site (OPFS): folders, and files that appear whole or not at all.
import { LabError } from './errors.js';

/** Is there such a file system here? Not in Node, and not in pages that came without TLS from elsewhere. */
export const hasStorage = () => typeof navigator === 'object' && typeof navigator.storage?.getDirectory === 'function';

/** Everything of this package lies below this folder. */
const ROOT = 'loralab';

/** What the browser's refusal means. @param {unknown} error @param {string} [file] @returns {LabError} */
export function storageError(error, file) {
  if (error instanceof LabError) return error;
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  if (name === 'QuotaExceededError')
    return new LabError({ code: 'disk_full', message: 'the browser gives this site no more room on the disk', file, remedy: 'Remove models or runs that are not needed any more: engine.cache.remove(), engine.runs.remove().' });
  if (name === 'NotFoundError') return new LabError({ code: 'not_found', message: 'this is not in the browser\'s storage', file });
  if (name === 'NoModificationAllowedError' || name === 'InvalidStateError')
    return new LabError({ code: 'busy', message: 'another tab is using this file', file, remedy: 'Close the other tab, or wait for it.' });
  return new LabError({ code: 'io', message: `the browser's storage failed: ${name} ${message}`, file });
}

/** @param {string} path of folders, from this package's on @param {boolean} [create] @returns {Promise<FileSystemDirectoryHandle>} */
export async function openFolder(path, create = false) {
  if (!hasStorage()) throw new LabError({ code: 'unsupported', message: 'there is no storage of the browser here', remedy: 'Serve the page from localhost or through https.' });
  try {
    let folder = await navigator.storage.getDirectory();
    for (const name of [ROOT, ...path.split('/')]) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  } catch (error) {
    throw storageError(error, path);
  }
}

/** The names of the folders in a folder; none if it is not there. @param {string} path @returns {Promise<string[]>} */
export async function foldersIn(path) {
  if (!hasStorage()) return [];
  try {
    const names = [];
    for await (const [name, handle] of /** @type {any} */ (await openFolder(path)).entries()) if (handle.kind === 'directory') names.push(name);
    return names.sort();
  } catch (error) {
    if (storageError(error).code === 'not_found') return [];
    throw storageError(error, path);
  }
}

/** Removes a folder with all that is in it, if it is there. @param {string} path @param {string} name */
export async function removeFolder(path, name) {
  try {
    await (await openFolder(path)).removeEntry(name, { recursive: true });
  } catch (error) {
    if (storageError(error).code !== 'not_found') throw storageError(error, name);
  }
}

/** A file's bytes as they lie on the disk; undefined if it is not there. @param {FileSystemDirectoryHandle} folder @param {string} name @returns {Promise<File | undefined>} */
export async function fileIn(folder, name) {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch (error) {
    if (storageError(error).code === 'not_found') return undefined;
    throw storageError(error, name);
  }
}

/** A JSON file's content; undefined if it is not there or is no JSON. @param {FileSystemDirectoryHandle} folder @param {string} name @returns {Promise<any>} */
export async function readJson(folder, name) {
  const file = await fileIn(folder, name);
  try {
    return file && JSON.parse(await file.text());
  } catch {
    return undefined;
  }
}

/** Opens a file for writing in place; only workers can. @param {FileSystemDirectoryHandle} folder @param {string} name @returns {Promise<any>} */
export async function openForWriting(folder, name) {
  try {
    return await /** @type {any} */ (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
  } catch (error) {
    throw storageError(error, name);
  }
}

/** Writes all of `bytes` at `at`; the browser may write less without a word. @param {any} handle @param {Uint8Array} bytes @param {number} at */
export function writeAt(handle, bytes, at) {
  if (handle.write(bytes, { at }) !== bytes.length) throw new DOMException('short write', 'QuotaExceededError');
}

/** Gives a file another name, in place of what has that name. @param {FileSystemDirectoryHandle} folder @param {string} from @param {string} to */
export async function rename(folder, from, to) {
  try {
    await /** @type {any} */ (await folder.getFileHandle(from)).move(to);
  } catch (error) {
    throw storageError(error, to);
  }
}

/**
 * Writes a file beside its place and puts it there when its bytes are on the disk, so that a reader
 * finds the old content or the new. Only in workers.
 * @param {FileSystemDirectoryHandle} folder @param {string} name
 * @param {(write: (bytes: Uint8Array) => void) => void} fill is called when the file is open, and writes it
 * @param {() => Promise<void>} [before] it gets its place
 */
export async function writeWhole(folder, name, fill, before) {
  const part = `${name}.part`;
  const handle = await openForWriting(folder, part);
  try {
    handle.truncate(0);
    let at = 0;
    fill((bytes) => {
      writeAt(handle, bytes, at);
      at += bytes.length;
    });
    handle.flush();
    handle.close();
    await before?.();
    await rename(folder, part, name);
  } catch (error) {
    handle.close();
    await folder.removeEntry(part).catch(() => {});
    throw storageError(error, name);
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name @param {object} value */
export const writeJson = (folder, name, value) => writeWhole(folder, name, (write) => write(new TextEncoder().encode(JSON.stringify(value))));
