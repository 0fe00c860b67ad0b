// Adapters: those of runs and those that were dropped in, as the model can answer with them and as files.
import { LabError, Runs } from 'loralab';
import { Moved } from './rpc.js';

/** The adapter that is being trained right now. */
export const LIVE = 'live';

/** @typedef {'safetensors' | 'peft' | 'gguf'} AdapterFormat */

export class Adapters {
  /** @type {Map<string, { file?: File | File[], loaded?: import('loralab').LoadedAdapter }>} by the ids of runs, and of files */
  #entries = new Map();
  #runs = new Runs();
  #lab;

  /** @param {import('./lab.js').Lab} lab */
  constructor(lab) {
    this.#lab = lab;
  }

  /** Another model has to read them again. */
  forget() {
    for (const entry of this.#entries.values()) entry.loaded = undefined;
  }

  /** Takes a file in, or the two of a PEFT folder, if the model can use it. @param {string} id @param {File[]} files */
  async addFile(id, files) {
    const file = files.length > 1 ? files : files[0];
    const loaded = await this.#lab.model.loadAdapter(file);
    this.#entries.set(id, { file, loaded });
    return loaded.info;
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
    const entry = this.#entries.get(id) ?? {};
    entry.loaded ??= await this.#load(id, entry.file);
    this.#entries.set(id, entry);
    return entry.loaded;
  }

  /** What was trained here, as a file. @param {string} id of a run @param {AdapterFormat} format */
  async export(id, format) {
    const adapter = id === LIVE ? this.#lab.training.run.adapter() : await this.#runs.adapter(id);
    const bytes = await { safetensors: () => adapter.toSafetensors(), peft: () => adapter.toPeftZip(), gguf: () => adapter.toGguf() }[format]();
    return new Moved(bytes, [bytes.buffer]);
  }

  /** @param {string} id @param {File | File[]} [file] */
  async #load(id, file) {
    const { model } = this.#lab;
    if (file) return model.loadAdapter(file);
    if (id.startsWith('file-')) throw new LabError({ code: 'not_found', message: 'this adapter is not here any more' });
    const kept = await this.#runs.adapter(id);
    return model.loadAdapter(await kept.toSafetensors(), { config: await kept.config() });
  }
}
