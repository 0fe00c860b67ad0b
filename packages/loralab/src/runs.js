// Runs: the training runs that this browser keeps for this site; and RunKeeper, which keeps one up to date.
import { TrainedAdapter } from './adapter.js';
import { askToStay } from './cache.js';
import { LabError } from './errors.js';
import { withLock, withLockNow } from './locks.js';
import { fileIn, foldersIn, openFolder, readJson, removeFolder } from './opfs.js';
import { CHECKPOINT, CONFIG, GGUF, MANIFEST, PREVIOUS, RUNS, WEIGHTS, noRun } from './run-files.js';

/**
 * @typedef {Omit<import('./run-files.js').RunManifest, 'corpus'> & { corpus: string, open: boolean }} KeptRun id, model (its name), corpus
 *   (its file's name), settings, step (that is kept), steps, complete, savedAt, losses and valLosses ({ step, loss }), open (in some tab)
 */

export class Runs {
  /** @returns {Promise<KeptRun[]>} the latest first; in Node, none */
  async list() {
    const held = new Set((await globalThis.navigator?.locks?.query())?.held?.map(({ name }) => name));
    const runs = [];
    for (const id of await foldersIn(RUNS)) {
      const manifest = await readJson(await openFolder(`${RUNS}/${id}`), MANIFEST);
      if (manifest) runs.push({ ...manifest, corpus: manifest.corpus.name, open: held.has(`loralab:run:${id}`) });
    }
    return runs.sort((a, b) => b.savedAt - a.savedAt);
  }

  /** When no tab has a run open any more: a tab that was closed may take a moment. @param {string} id @returns {Promise<void>} */
  closed(id) {
    return withLock(`loralab:run:${id}`, {}, async () => {});
  }

  /** Removes a run that no tab has open. @param {string} id */
  async remove(id) {
    if (!(await foldersIn(RUNS)).includes(id)) throw noRun(id);
    await withLockNow(`loralab:run:${id}`, `the run '${id}'`, () => removeFolder(RUNS, id));
  }

  /**
   * The bytes of a run's checkpoint, with which train({ corpus, checkpoint }) and `lora-lab train --resume` go on.
   * @param {string} id @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async checkpoint(id) {
    const folder = await this.#open(id);
    const file = await fileIn(folder, CHECKPOINT) ?? await fileIn(folder, PREVIOUS);
    if (!file) throw noRun(id);
    return new Uint8Array(await file.arrayBuffer());
  }

  /** A run's corpus. @param {string} id @returns {Promise<File>} */
  async corpus(id) {
    const folder = await this.#open(id), { corpus } = await readJson(folder, MANIFEST) ?? {};
    const file = corpus && await fileIn(folder, corpus.file);
    if (!file) throw noRun(id);
    return new File([file], corpus.name);
  }

  /** What a run had learnt when it was kept. @param {string} id */
  async adapter(id) {
    const folder = await this.#open(id);
    if (!await fileIn(folder, WEIGHTS)) throw noRun(id);
    const stored = /** @type {Record<string, string>} */ ({ 'trained/adapter_model.safetensors': WEIGHTS, 'trained/adapter_config.json': CONFIG, 'trained.gguf': GGUF });
    return new TrainedAdapter((_, take) => Promise.all(take.map(async (name) => {
      const file = await fileIn(folder, stored[name]);
      if (!file && stored[name] === GGUF) throw new LabError({ code: 'unsupported', message: "GGUF adapters cannot hold DoRA's magnitudes", remedy: 'Take the adapter as safetensors.' });
      if (!file) throw noRun(id);
      return [await file.arrayBuffer()];
    })));
  }

  /** @param {string} id */
  async #open(id) {
    if (!(await foldersIn(RUNS)).includes(id)) throw noRun(id);
    return openFolder(`${RUNS}/${id}`);
  }
}

/** Keeps a run in the browser's storage while it goes on. */
export class RunKeeper {
  #channel;
  #run;
  #every;
  #kept;
  #step;
  /** @type {import('./run-files.js').Loss[]} */
  #losses = [];
  /** @type {import('./run-files.js').Loss[]} */
  #valLosses = [];

  /** @param {import('./protocol.js').Channel} channel @param {number} run @param {number} every steps @param {number} step that is kept */
  constructor(channel, run, every, step) {
    this.#channel = channel;
    this.#run = run;
    this.#every = every;
    this.#kept = this.#step = step;
  }

  /** After a step; again, where keeping it failed. @param {import('./run.js').StepRecord} record @param {boolean} over */
  async after({ step, loss, val_loss: valLoss }, over) {
    if (step > this.#step) {
      this.#step = step;
      this.#losses.push({ step, loss });
      if (typeof valLoss === 'number') this.#valLosses.push({ step, loss: valLoss });
    }
    if (over || step - this.#kept >= this.#every) await this.keep(over);
  }

  /** Now, if there is anything new. */
  async keep(complete = false) {
    if (this.#step === this.#kept) return;
    const step = this.#step;
    await this.#channel.request('keep_run', { run: this.#run, step, losses: this.#losses, valLosses: this.#valLosses, complete });
    this.#kept = step;
    this.#losses = [];
    this.#valLosses = [];
    void askToStay().catch(() => {});
  }

  /** The step that is kept. */
  get step() {
    return this.#kept;
  }

  async end() {
    await this.#channel.request('end_run', { run: this.#run });
  }
}
