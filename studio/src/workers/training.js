// Training: the run under way, step by step. It waits while the user pauses it and while the model answers.
import { LabError } from 'loralab';
import { read, write } from '../data/keep.js';

/**
 * @typedef {object} TrainRequest
 * @property {string} id @property {'adapter' | 'full'} mode @property {Record<string, any>} settings
 * @property {number} sampleEvery @property {number} checkpointEvery @property {string} prompt for the samples
 * @property {boolean} [resumed] goes on from the checkpoint that is kept under this id
 */

export class Training {
  /** @type {import('loralab').TrainingRun | undefined} */
  #run;
  #paused = false;
  #holds = 0;
  /** @type {'keep' | 'discard' | undefined} */
  #ending;
  #lab;
  step = 0;

  /** @param {import('./lab.js').Lab} lab */
  constructor(lab) {
    this.#lab = lab;
  }

  get run() {
    if (!this.#run) throw new LabError({ code: 'not_found', message: 'nothing is being trained' });
    return this.#run;
  }

  /** Trains to the end. @param {TrainRequest} request */
  async start(request) {
    const { emit, corpus } = this.#lab;
    this.step = 0;
    this.#ending = undefined;
    this.#paused = false;
    if (!request.resumed) await write({ corpora: { id: request.id, ...corpus } });
    const run = await this.#begin(request);
    this.#run = run;
    this.step = run.info.steps_done;
    this.#settle();
    try {
      emit('begun', { info: run.info });
      for await (const record of run) await this.#look(request, run, record);
      return await this.#finish(request, run);
    } finally {
      this.#run = undefined;
      await run.dispose();
    }
  }

  /** @param {TrainRequest} request */
  async #begin({ id, mode, settings, resumed }) {
    const { model, corpus: { name, bytes } } = this.#lab;
    if (!resumed) return model.train({ corpus: bytes, name, mode, ...settings });
    const { bytes: checkpoint } = await read('checkpoints', id);
    return model.train({ corpus: bytes, name, checkpoint });
  }

  /** Tells of a step, and does what is due after it. @param {TrainRequest} request @param {import('loralab').TrainingRun} run @param {any} record */
  async #look({ id, mode, sampleEvery, checkpointEvery, prompt }, run, record) {
    const { emit } = this.#lab, first = this.step === 0, { step, tokens } = record;
    this.step = step;
    emit('step', { record });
    if (first) emit('validated', { step: 0, loss: (await run.proof()).val_loss_first });
    if (record.val_loss !== undefined) emit('validated', { step, loss: record.val_loss });
    const last = step === run.info.steps, due = (/** @type {number} */ every) => every > 0 && !this.#ending && (last || step % every === 0);
    if (prompt && mode === 'adapter' && due(sampleEvery)) emit('sampled', { step, text: await this.#lab.answering.sample(prompt) });
    if (mode === 'adapter' && !last && due(checkpointEvery)) {
      await write({ checkpoints: { id, step, tokens, bytes: await run.checkpoint() } });
      emit('checkpointed', { step });
    }
  }

  /** @param {TrainRequest} request @param {import('loralab').TrainingRun} run */
  async #finish({ id, mode }, run) {
    const kept = this.#ending !== 'discard' && this.step > 0;
    const proof = this.step > 0 ? await run.proof() : null;
    const said = { kept, aborted: Boolean(this.#ending), steps: this.step, proof, adapted: false, file: null };
    if (!kept) return said;
    if (mode === 'full') return { ...said, file: await run.model().toGguf({ dtype: 'f16' }) };
    const trained = run.adapter();
    const adapter = { weights: await trained.toSafetensors(), config: await trained.config() };
    this.#lab.adapters.add(id, adapter);
    await write({ adapters: { id, ...adapter } }, [['checkpoints', id], ['corpora', id]]);
    return { ...said, adapted: true };
  }

  pause() {
    this.#paused = true;
    this.#settle();
  }

  resume() {
    this.#paused = false;
    this.#settle();
  }

  /** No step begins until what is returned is called. */
  hold() {
    ++this.#holds;
    this.#settle();
    return () => {
      --this.#holds;
      this.#settle();
    };
  }

  /** Ends the run before its time. @param {'keep' | 'discard'} what becomes of what was learnt */
  abort(what) {
    this.#ending = what;
    this.#run?.abort();
  }

  #settle() {
    if (this.#ending) return;
    if (this.#paused || this.#holds > 0) this.#run?.pause();
    else this.#run?.resume();
  }
}
