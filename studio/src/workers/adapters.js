// Adapters: those that were trained or dropped in, as the model can answer with them and as files.
import { LabError } from 'loralab';
import { Moved } from './rpc.js';
import { peftZip } from '../utils/safetensorExport.js';

/** The adapter that is being trained right now. */
export const LIVE = 'live';

/**
 * @typedef {{ weights: Uint8Array<ArrayBuffer>, config: any }} PeftAdapter
 * @typedef {PeftAdapter | { file: File }} Kept what an adapter was read from
 * @typedef {{ kept: Kept, loaded?: import('loralab').LoadedAdapter }} Entry
 */

export class Adapters {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #lab;

  /** @param {import('./lab.js').Lab} lab */
  constructor(lab) {
    this.#lab = lab;
  }

  /** Another model has to read them again. */
  forget() {
    for (const entry of this.#entries.values()) entry.loaded = undefined;
  }

  /** @param {string} id @param {Kept} kept */
  add(id, kept) {
    this.#entries.set(id, { kept });
  }

  /** @param {string} id */
  async remove(id) {
    await this.#entries.get(id)?.loaded?.dispose();
    this.#entries.delete(id);
  }

  /** What the model is to answer with. @param {string | null} id @returns {Promise<import('loralab').LoadedAdapter | import('loralab').TrainingRun | null>} */
  async find(id) {
    if (id === null) return null;
    if (id === LIVE) return this.#lab.training.run;
    const entry = this.#entry(id);
    return (entry.loaded ??= await this.#load(entry.kept));
  }

  /** Takes a file in, if the model can use it. @param {{ id: string, kept: Kept }} file */
  async addFile({ id, kept }) {
    const loaded = await this.#load(kept);
    this.#entries.set(id, { kept, loaded });
    return loaded.info;
  }

  /** @param {string} id @param {'safetensors' | 'peft' | 'gguf'} format */
  async export(id, format) {
    if (id === LIVE) return moved(await fileOf(this.#lab.training.run.adapter(), format));
    const { kept } = this.#entry(id);
    if ('file' in kept) return moved(new Uint8Array(await kept.file.arrayBuffer()));
    return moved(format === 'peft' ? peftZip(kept) : kept.weights.slice());
  }

  /** @param {Kept} kept */
  #load(kept) {
    const { model } = this.#lab;
    return 'file' in kept ? model.loadAdapter(kept.file) : model.loadAdapter(kept.weights, { config: kept.config });
  }

  /** @param {string} id */
  #entry(id) {
    const entry = this.#entries.get(id);
    if (!entry) throw new LabError({ code: 'not_found', message: 'this adapter is not here any more' });
    return entry;
  }
}

/** @param {import('loralab').TrainedAdapter} adapter @param {'safetensors' | 'peft' | 'gguf'} format */
function fileOf(adapter, format) {
  return { safetensors: () => adapter.toSafetensors(), peft: () => adapter.toPeftZip(), gguf: () => adapter.toGguf() }[format]();
}

/** @param {Uint8Array} bytes */
const moved = (bytes) => new Moved(bytes, [bytes.buffer]);
