// Intake: a file that comes in pieces straight into the engine's memory, where it stays.
import { checkSize } from './models.js';

/** Room that a file of unknown size is given at a time, at least. */
const STRIDE = 1 << 24;

export class Intake {
  #engine;
  #name;
  #address = 0;
  #room = 0;
  /** @type {import('./module.js').Hash | undefined} */
  #hash;
  /** Bytes that are there. */
  loaded = 0;

  /** @param {import('./module.js').EngineModule} engine @param {string} name @param {boolean} hashed */
  constructor(engine, name, hashed) {
    this.#engine = engine;
    this.#name = name;
    this.#hash = hashed ? engine.hash() : undefined;
  }

  /** Begins from nothing, maybe again. @param {number} [total] if it is known */
  begin(total) {
    checkSize(total, this.#name);
    this.loaded = 0;
    this.#hash?.reset();
    if (total !== undefined) this.#resize(total);
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    const end = this.loaded + bytes.length;
    checkSize(end, this.#name);
    if (end > this.#room) this.#resize(Math.max(end, this.#room + Math.max(STRIDE, this.#room / 8)));
    this.#engine.write(this.#address + this.loaded, bytes);
    this.#hash?.update(this.#address + this.loaded, bytes.length);
    this.loaded = end;
  }

  /** SHA-256 of all of it. @returns {string} */
  sha256() {
    return this.#hash?.finish() ?? '';
  }

  /** The file is the engine's, by its name, from now on. */
  keep() {
    this.#resize(this.loaded);
    this.#engine.keepFile(this.#name, this.#address, this.loaded);
    this.#address = 0;
  }

  /** Gives back what was not kept. */
  release() {
    this.#hash?.finish();
    if (this.#address !== 0) this.#engine.release(this.#address);
    this.#address = 0;
  }

  /** @param {number} room */
  #resize(room) {
    room = Math.ceil(room);
    this.#address = this.#address === 0 ? this.#engine.reserve(room) : this.#engine.resize(this.#address, this.#room, room);
    this.#room = room;
  }
}
