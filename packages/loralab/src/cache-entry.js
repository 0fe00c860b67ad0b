// CacheEntry: one model's place in the browser's storage, as the worker writes and reads it.
//
// A folder holds `data`, beside `partial.json` (which version of which URL it is to become) while it is
// on the way and `manifest.json` (size and SHA-256) once it is whole: data first, manifest last.
import { fileIn, openFolder, openForWriting, readJson, removeFolder, storageError, writeAt, writeJson } from './opfs.js';

export const MODELS = 'models';
const DATA = 'data', MANIFEST = 'manifest.json', PARTIAL = 'partial.json';
/** What is read at a time; and of a download, what is on the disk at the latest when so much more has come. */
const STRIDE = 1 << 22;

/**
 * @typedef {object} Manifest
 * @property {string} name @property {string} file @property {string} url @property {number} bytes @property {string} sha256
 * @property {number} savedAt @property {number} usedAt
 */

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<{ manifest?: Manifest, partial?: any, stored: number }>} */
export async function readEntry(folder) {
  const [manifest, partial, data] = [await readJson(folder, MANIFEST), await readJson(folder, PARTIAL), await fileIn(folder, DATA)];
  return { manifest, partial, stored: data?.size ?? 0 };
}

export class CacheEntry {
  #key;
  #folder;
  /** @type {any} */
  #handle;
  #written = 0;

  /** @param {string} key @param {FileSystemDirectoryHandle} folder */
  constructor(key, folder) {
    this.#key = key;
    this.#folder = folder;
  }

  /** @param {string} key */
  static async open(key) {
    return new CacheEntry(key, await openFolder(`${MODELS}/${key}`, true));
  }

  /** What a whole entry is; undefined if it is not whole. @returns {Promise<Manifest | undefined>} */
  async manifest() {
    const { manifest, stored } = await readEntry(this.#folder);
    return manifest && manifest.bytes === stored ? manifest : undefined;
  }

  /** What is there of a download that was not finished. @returns {Promise<{ version: import('./download.js').Version, length: number } | undefined>} */
  async held() {
    const { manifest, partial, stored } = await readEntry(this.#folder);
    // What came last may not have reached the disk before a power cut.
    const length = Math.floor(stored / STRIDE) * STRIDE;
    return partial && !manifest && length > 0 ? { version: partial.version, length } : undefined;
  }

  /** The first `length` bytes of the data, in pieces. @param {number} length @returns {AsyncGenerator<Uint8Array, void, void>} */
  async *read(length) {
    const file = await fileIn(this.#folder, DATA);
    for (let at = 0; at < length; at += STRIDE) yield new Uint8Array(await /** @type {File} */ (file).slice(at, Math.min(length, at + STRIDE)).arrayBuffer());
  }

  /** A download begins, from nothing or from what there is. @param {object} partial @param {number} at */
  async begin(partial, at) {
    try {
      if (at === 0) {
        await this.#forget(MANIFEST);
        await writeJson(this.#folder, PARTIAL, partial);
      }
      this.#handle ??= await openForWriting(this.#folder, DATA);
      this.#handle.truncate(at);
      this.#written = at;
    } catch (error) {
      throw storageError(error, this.#key);
    }
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    try {
      writeAt(this.#handle, bytes, this.#written);
      const before = this.#written;
      this.#written += bytes.length;
      if (Math.floor(before / STRIDE) !== Math.floor(this.#written / STRIDE)) this.#handle.flush();
    } catch (error) {
      throw storageError(error, this.#key);
    }
  }

  /** The data is whole. @param {Manifest} manifest */
  async commit(manifest) {
    try {
      this.#handle?.flush();
      this.close();
      await writeJson(this.#folder, MANIFEST, manifest);
      await this.#forget(PARTIAL);
    } catch (error) {
      throw storageError(error, this.#key);
    }
  }

  /** @param {Manifest} manifest */
  async used(manifest) {
    await writeJson(this.#folder, MANIFEST, { ...manifest, usedAt: Date.now() }).catch(() => {});
  }

  /** Forgets what it holds. */
  async clear() {
    this.close();
    for (const name of [MANIFEST, PARTIAL, DATA]) await this.#forget(name);
  }

  /** Removes the entry with what it holds. */
  async discard() {
    await this.clear();
    await removeFolder(MODELS, this.#key).catch(() => {});
  }

  close() {
    this.#handle?.close();
    this.#handle = undefined;
  }

  /** @param {string} name */
  async #forget(name) {
    await this.#folder.removeEntry(name).catch(() => {});
  }
}
