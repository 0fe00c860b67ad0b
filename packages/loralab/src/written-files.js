// WrittenFiles: what the engine writes, which comes here piece by piece as it is written.
import { LabError } from './errors.js';

/** Small pieces are gathered to at least so many bytes. */
const PIECE = 1 << 20;

/** @typedef {{ pieces: Uint8Array<ArrayBuffer>[], gathered: number }} Writing the last piece has room, of which `gathered` bytes are used */

export class WrittenFiles {
  /** @type {Map<string, Writing>} */
  #files = new Map();
  #bytesAt;
  /** @type {{ path: string, sink: (bytes: Uint8Array) => void } | undefined} */
  #diverted;

  /** @param {(address: number, length: number) => Uint8Array} bytesAt a view of the module's memory */
  constructor(bytesAt) {
    this.#bytesAt = bytesAt;
  }

  /** The functions that the module imports for this. */
  get imports() {
    const text = (/** @type {number} */ address, /** @type {number} */ length) => new TextDecoder().decode(this.#bytesAt(address, length).slice());
    return {
      file_begun: (/** @type {number} */ path, /** @type {number} */ length) => void this.#files.set(text(path, length), { pieces: [], gathered: 0 }),
      file_written: (/** @type {number} */ path, /** @type {number} */ length, /** @type {number} */ bytes, /** @type {number} */ count) => this.#write(text(path, length), this.#bytesAt(bytes, count)),
      file_renamed: (/** @type {number} */ from, /** @type {number} */ fromLength, /** @type {number} */ to, /** @type {number} */ toLength) => {
        const file = this.#files.get(text(from, fromLength));
        this.#files.delete(text(from, fromLength));
        if (file) this.#files.set(text(to, toLength), file);
      },
      file_removed: (/** @type {number} */ path, /** @type {number} */ length) => void this.#files.delete(text(path, length)),
    };
  }

  /** @param {string} path @param {Uint8Array} bytes */
  #write(path, bytes) {
    if (this.#diverted && path.startsWith(this.#diverted.path)) return this.#diverted.sink(bytes);
    const file = this.#files.get(path) ?? { pieces: [], gathered: 0 };
    this.#files.set(path, file);
    const last = file.pieces.at(-1);
    if (last && last.length - file.gathered >= bytes.length) {
      last.set(bytes, file.gathered);
      file.gathered += bytes.length;
      return;
    }
    if (last) file.pieces[file.pieces.length - 1] = last.slice(0, file.gathered);
    const piece = new Uint8Array(Math.max(PIECE, bytes.length));
    piece.set(bytes);
    file.pieces.push(piece);
    file.gathered = bytes.length;
  }

  /** A file's bytes in pieces, which are then forgotten here. @param {string} path @returns {ArrayBuffer[]} */
  take(path) {
    const file = this.#files.get(path);
    if (!file) throw new LabError({ code: 'not_found', message: 'there is no such file', file: path });
    this.#files.delete(path);
    return file.pieces.map((piece, i) => (i + 1 < file.pieces.length ? piece : piece.slice(0, file.gathered)).buffer);
  }

  /** What is written under this path, or one that begins so, goes at once to a function, which must not throw. @param {string} path @param {(bytes: Uint8Array) => void} sink */
  divert(path, sink) {
    this.#diverted = { path, sink };
  }

  /** Forgets everything that nobody took. */
  clear() {
    this.#diverted = undefined;
    this.#files.clear();
  }
}
