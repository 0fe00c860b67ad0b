// KeptRuns: the training runs that the worker keeps in the browser's storage, each in a folder of its own.
//
// runs/ID/ holds the corpus, checkpoint.safetensors with the one before it, the adapter of that moment, and
// run.json. Each file appears whole; run.json is written last, so that a folder without it is no run.
import { LabError } from './errors.js';
import { holdLock } from './locks.js';
import { fileIn, openFolder, readJson, removeFolder, rename, storageError, writeJson, writeWhole } from './opfs.js';
import { CHECKPOINT, CONFIG, DAMAGED, GGUF, MANIFEST, PREVIOUS, RUNS, WEIGHTS, noRun } from './run-files.js';

/**
 * @typedef {import('./run-files.js').Loss} Loss
 * @typedef {import('./run-files.js').RunManifest} RunManifest
 * @typedef {import('./run-files.js').Progress} Progress
 */

/** What the engine says of a checkpoint that was damaged. */
const DAMAGE = new Set(['corrupt', 'truncated', 'bad_json', 'bad_text', 'empty', 'limit']);

/** @param {string} id */
function check(id) {
  if (!/^(?!\.)[\w.-]{1,64}$/.test(id))
    throw new LabError({ code: 'bad_argument', message: `'${id}' cannot be a run's name`, field: 'run', remedy: 'Take letters, digits, - and _, at most 64.' });
}

/** @param {string} id */
const lock = (id) => holdLock(`loralab:run:${id}`, `the run '${id}'`);

export class KeptRuns {
  #engine;
  /** @type {Map<number, { folder: FileSystemDirectoryHandle, manifest: RunManifest, release: () => void }>} by the engine's numbers */
  #runs = new Map();

  /** @param {import('./module.js').EngineModule} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /**
   * Begins a run and keeps it from its first moment on.
   * @param {{ id: string, model: string, request: any, files: import('./protocol.js').FileBytes[] }} body
   */
  async begin({ id, model, request, files: [corpus, ...others] }) {
    check(id);
    const release = await lock(id);
    try {
      const folder = await openFolder(`${RUNS}/${id}`, true);
      if (await readJson(folder, MANIFEST))
        throw new LabError({ code: 'bad_argument', message: `there is a run '${id}' already`, field: 'run', remedy: 'Go on with it by model.resume(), remove it by engine.runs.remove(), or take another name.' });
      for (const name of [CHECKPOINT, PREVIOUS]) await folder.removeEntry(name).catch(() => {});
      const answer = this.#train(request, [corpus, ...others]);
      const name = corpus.path.split('/').at(-1) ?? '', file = `corpus${name.slice(name.lastIndexOf('.'))}`;
      this.#runs.set(answer.run, { folder, release, manifest: { id, model, corpus: { name, file }, settings: answer.settings, step: 0, steps: answer.steps, complete: false, savedAt: 0, losses: [], valLosses: [] } });
      try {
        await writeWhole(folder, file, (write) => write(new Uint8Array(corpus.bytes)));
        // What came with a checkpoint from elsewhere is kept as it is; else the settings are all there is.
        if (answer.steps_done > 0) await this.keep({ run: answer.run, step: answer.steps_done, losses: [], valLosses: [], complete: answer.steps_done === answer.steps });
        else await this.#writeManifest(answer.run);
      } catch (error) {
        this.#engine.call({ do: 'close', run: answer.run });
        this.#runs.delete(answer.run);
        await removeFolder(RUNS, id).catch(() => {});
        throw error;
      }
      return { answer };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Goes on with a run from its newest whole checkpoint. @param {{ id: string, number: number }} body the model's number */
  async resume({ id, number }) {
    check(id);
    const release = await lock(id);
    try {
      const folder = await openFolder(`${RUNS}/${id}`).catch((error) => { throw noRun(id, error); });
      const manifest = /** @type {RunManifest | undefined} */ (await readJson(folder, MANIFEST));
      const corpus = manifest && await fileIn(folder, manifest.corpus.file);
      if (!manifest || !corpus) throw noRun(id);
      const path = `corpus/${manifest.corpus.name}`, files = [{ path, bytes: await corpus.arrayBuffer() }];
      const { answer, damaged } = await this.#goOn(folder, { do: 'train', model: number, settings: { ...manifest.settings, data: path } }, files);
      if (damaged) await rename(folder, CHECKPOINT, DAMAGED);  // so that it does not take the good one's place
      const before = (/** @type {Loss} */ { step }) => step <= answer.steps_done;
      Object.assign(manifest, { losses: manifest.losses.filter(before), valLosses: manifest.valLosses.filter(before) });
      this.#runs.set(answer.run, { folder, release, manifest });
      return { answer };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** @param {FileSystemDirectoryHandle} folder @param {any} request @param {import('./protocol.js').FileBytes[]} files */
  async #goOn(folder, request, files) {
    let damage;
    for (const name of [CHECKPOINT, PREVIOUS]) {
      const checkpoint = await fileIn(folder, name);
      if (!checkpoint) continue;
      const bytes = await checkpoint.arrayBuffer();
      try {
        const answer = this.#train({ ...request, settings: { data: request.settings.data }, checkpoint: 'kept' }, [...files, { path: `kept/${CHECKPOINT}`, bytes }]);
        return { answer, damaged: damage !== undefined };
      } catch (error) {
        if (!(error instanceof LabError && DAMAGE.has(error.code) && String(error.place.file).startsWith('kept/'))) throw error;
        damage ??= error;
      }
    }
    if (damage) throw damage;
    return { answer: this.#train(request, files), damaged: false };
  }

  /** Keeps a run as it is now. @param {{ run: number } & Progress} body */
  async keep({ run, step, losses, valLosses, complete }) {
    const { folder, manifest, release } = this.#find(run);
    const path = `kept/${manifest.id}`, { variant } = manifest.settings;
    let bytes = 0;
    try {
      await writeWhole(folder, CHECKPOINT, (write) => { bytes = this.#stream({ do: 'save_checkpoint', run, path }, `${path}/${CHECKPOINT}`, write); }, async () => {
        if (await fileIn(folder, CHECKPOINT)) await rename(folder, CHECKPOINT, PREVIOUS);
      });
      if (variant !== 'full') {
        await writeWhole(folder, WEIGHTS, (write) => void this.#stream({ do: 'save', run, path }, `${path}/${WEIGHTS}`, write));
        await writeWhole(folder, CONFIG, (write) => void this.#stream({ do: 'save', run, path }, `${path}/${CONFIG}`, write));
        // GGUF has no place for DoRA's magnitudes.
        if (variant !== 'dora') await writeWhole(folder, GGUF, (write) => void this.#stream({ do: 'save', run, path: `${path}.gguf` }, `${path}.gguf`, write));
      }
      Object.assign(manifest, { step, complete, losses: [...manifest.losses, ...losses], valLosses: [...manifest.valLosses, ...valLosses] });
      await this.#writeManifest(run);
    } catch (error) {
      const { code, message } = storageError(error);
      bytes ||= /** @type {any} */ (error).bytes ?? 0;
      throw code !== 'disk_full' ? error : new LabError({
        code, message: `${message}; the run could not be kept at step ${step}, which needs ${bytes} bytes for its checkpoint`,
        remedy: 'Remove models or runs that are not needed any more (engine.cache, engine.runs) and iterate on: the run goes on with this step.',
      });
    }
    if (complete) release();
    return {};
  }

  /** Lets go of a run; what is kept stays. @param {{ run: number }} body */
  async end({ run }) {
    this.#runs.get(run)?.release();
    this.#runs.delete(run);
    return {};
  }

  /** @param {number} run */
  #find(run) {
    const found = this.#runs.get(run);
    if (!found) throw new LabError({ code: 'not_found', message: 'this run is not kept, or was disposed of' });
    return found;
  }

  /** @param {number} run */
  async #writeManifest(run) {
    const { folder, manifest } = this.#find(run);
    manifest.savedAt = Date.now();
    await writeJson(folder, MANIFEST, manifest);
  }

  /** @param {any} request @param {import('./protocol.js').FileBytes[]} files */
  #train(request, files) {
    for (const { path, bytes } of files) this.#engine.putFile(path, new Uint8Array(bytes));
    try {
      return this.#engine.call(request);
    } finally {
      for (const { path } of files) this.#engine.dropFile(path);
    }
  }

  /**
   * What the engine writes to a file goes on to another, without being gathered in between.
   * @param {any} request @param {string} path @param {(bytes: Uint8Array) => void} write @returns {number} bytes
   */
  #stream(request, path, write) {
    let count = 0;
    /** @type {{ error: unknown } | undefined} thrown only when the engine is done: it cannot be left in its middle */
    let problem;
    this.#engine.written.divert(path, (bytes) => {
      count += bytes.length;
      try {
        if (!problem) write(bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice());
      } catch (error) {
        problem = { error };
      }
    });
    try {
      this.#engine.call(request);
    } finally {
      this.#engine.written.clear();
    }
    if (problem) throw Object.assign(storageError(problem.error), { bytes: count });
    return count;
  }
}
