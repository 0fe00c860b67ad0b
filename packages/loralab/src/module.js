// EngineModule: the WebAssembly module's memory, files and requests.
import { LabError } from './errors.js';
import { sharedMemory, startThreads } from './threads.js';
import { wasiImports } from './wasi.js';
import { WrittenFiles } from './written-files.js';

const PIECE = 1 << 22;

/**
 * @typedef {object} Hash
 * @property {() => void} reset begins again
 * @property {(address: number, size: number) => void} update
 * @property {() => string} finish its hexadecimal text; "" if nothing was added
 */

export class EngineModule {
  /** @type {any} */
  #exports;
  /** @type {LabError | undefined} why the module cannot be used any more */
  #broken;

  /** @type {WebAssembly.Memory} */
  #memory = /** @type {any} */ (undefined);

  /** What the engine has written; whoever asked for it takes it. */
  written = new WrittenFiles((address, length) => new Uint8Array(this.#memory.buffer, address >>> 0, length));

  /** @param {BufferSource} bytes the module, the one that shares its memory if there are several threads @param {number} threads */
  static async start(bytes, threads) {
    const engine = new EngineModule();
    const module = await WebAssembly.compile(bytes);
    /** @type {any} */
    const imports = {
      wasi_snapshot_preview1: wasiImports(() => engine.#memory),
      lab: {
        ...engine.written.imports,
        out_of_memory(/** @type {number} */ size) {
          throw new LabError({ code: 'out_of_memory', message: `no memory for ${size >>> 0} more bytes`, remedy: 'Dispose of this engine and take a smaller model, context or batch.' });
        },
      },
    };
    if (threads > 1) imports.env = { memory: sharedMemory() };
    const { exports } = /** @type {any} */ (await WebAssembly.instantiate(module, imports));
    engine.#exports = exports;
    engine.#memory = imports.env?.memory ?? exports.memory;
    exports.__wasm_call_ctors();
    if (threads > 1) await startThreads(module, engine.#memory, exports, threads);
    return engine;
  }

  /** Why the module cannot be used any more. */
  get broken() {
    return this.#broken;
  }

  get memoryBytes() {
    return this.#memory.buffer.byteLength;
  }

  /** Room for a file of `size` bytes. @param {number} size @returns {number} its address */
  reserve(size) {
    const address = size < 2 ** 32 ? this.#exports.allocate(size) >>> 0 : 0;
    if (address === 0) throw new LabError({ code: 'out_of_memory', message: `no memory for a file of ${size} bytes`, remedy: 'Take a smaller file.' });
    return address;
  }

  /** The same bytes in more or less room; maybe elsewhere. @param {number} address @param {number} before @param {number} size @returns {number} the address */
  resize(address, before, size) {
    const moved = size < 2 ** 32 ? this.#exports.resize(address, before, size) >>> 0 : 0;
    if (moved === 0) throw new LabError({ code: 'out_of_memory', message: `no memory for a file of ${size} bytes`, remedy: 'Take a smaller file.' });
    return moved;
  }

  /** SHA-256 of bytes in this memory. @returns {Hash} */
  hash() {
    const { hash_start: start, hash_update: add, hash_finish: finish } = this.#exports;
    let state = start();  // before there is a file, so that it does not lie in the way of its growth
    const end = () => {
      if (state === 0) return '';
      const text = new TextDecoder().decode(this.#bytesOf(finish(state) >>> 0).slice());
      state = 0;
      return text;
    };
    return {
      reset() {
        end();
        state = start();
      },
      update: (address, size) => add(state ||= start(), address, size),
      finish: end,
    };
  }

  /** @param {number} address */
  release(address) {
    this.#exports.release(address);
  }

  /** @param {number} address @param {Uint8Array} bytes */
  write(address, bytes) {
    new Uint8Array(this.#memory.buffer, address, bytes.length).set(bytes);
  }

  /** The bytes from reserve() on, now written, are the file `path`. @param {string} path @param {number} address @param {number} size */
  keepFile(path, address, size) {
    this.#withText(path, (text, length) => this.#exports.put_file(text, length, address, size));
  }

  /** @param {string} path @param {Uint8Array} bytes */
  putFile(path, bytes) {
    const address = this.reserve(bytes.length);
    for (let at = 0; at < bytes.length; at += PIECE) this.write(address + at, bytes.subarray(at, at + PIECE));
    this.keepFile(path, address, bytes.length);
  }

  /** @param {string} path */
  dropFile(path) {
    this.#withText(path, (text, length) => this.#exports.drop_file(text, length));
  }

  /** @param {object} request @returns {any} the engine's answer; throws a LabError if it refuses */
  call(request) {
    if (this.#broken) throw this.#broken;
    let answer;
    try {
      const reply = this.#withText(JSON.stringify(request), (text, length) => this.#exports.call(text, length)) >>> 0;
      answer = JSON.parse(new TextDecoder().decode(this.#bytesOf(reply).slice()));
    } catch (error) {
      // The call was left in its middle, so that nothing in the module can be trusted.
      this.#broken = error instanceof LabError ? error
        : new LabError({ code: 'io', message: `the engine failed: ${error}`, remedy: 'Dispose of this engine and create another.' });
      throw this.#broken;
    }
    if (answer.error) throw new LabError(answer.error);
    return answer;
  }

  /** @param {number} reply the address of an address and a length */
  #bytesOf(reply) {
    const view = new DataView(this.#memory.buffer);
    return new Uint8Array(this.#memory.buffer, view.getUint32(reply, true), view.getUint32(reply + 4, true));
  }

  /** @param {string} text @param {(address: number, length: number) => any} use */
  #withText(text, use) {
    const bytes = new TextEncoder().encode(text);
    const address = this.reserve(bytes.length);
    this.write(address, bytes);
    const result = use(address, bytes.length);
    this.release(address);
    return result;
  }
}
