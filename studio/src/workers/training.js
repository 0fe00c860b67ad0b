// Training: the run under way, step by step. It waits while the user pauses it and while the model answers.
import { LabError } from 'loralab';

/**
 * @typedef {object} TrainRequest
 * @property {string} id the name under which the browser keeps the run @property {'adapter' | 'full'} mode @property {Record<string, any>} settings
 * @property {number} sampleEvery @property {number} checkpointEvery @property {string} prompt for the samples
 * @property {boolean} [resumed] goes on from where the run was kept
 */

export class Training {
  /** @type {import('loralab').TrainingRun | undefined} */
  #run;
  #paused = false;
  #holds = 0;
  /** @type {'keep' | 'discard' | undefined} */
  #ending;
  /** @type {() => void} called when a run that found no more room is to try again, or to end */
  #goOn = () => {};
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
    this.#ending = undefined;
    this.#paused = false;
    const run = await this.#begin(request);
    this.#run = run;
    this.step = run.info.steps_done;
    this.#settle();
    try {
      this.#lab.emit('begun', { info: run.info });
      while (!await this.#toEnd(request, run));
      return await this.#finish(request, run);
    } finally {
      this.#run = undefined;
      await run.dispose();
      await this.#lab.runs.closed(request.id);
    }
  }

  /** A checkpoint of a whole model has a gigabyte or more: such runs are not kept. @param {TrainRequest} request */
  #begin({ id, mode, settings, checkpointEvery, resumed }) {
    const { model, corpus: { name, bytes } } = this.#lab, every = checkpointEvery || settings.steps;
    if (resumed) return model.resume(id, { checkpointEvery: every });
    return model.train({ corpus: bytes, name, mode, ...settings, ...(mode === 'adapter' && { run: id, checkpointEvery: every }) });
  }

  /** @param {TrainRequest} request @param {import('loralab').TrainingRun} run @returns {Promise<boolean>} false if the run waited for room and is to try again */
  async #toEnd(request, run) {
    try {
      for await (const record of run) await this.#look(request, run, record);
      return true;
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'disk_full') throw error;
      if (this.#ending === 'discard') return true;
      if (this.#ending) throw error;
      this.pause();
      this.#lab.emit('stuck', {});
      await new Promise((resolve) => { this.#goOn = () => resolve(undefined); });
      return this.#ending === 'discard';
    }
  }

  /** Tells of a step, and does what is due after it. @param {TrainRequest} request @param {import('loralab').TrainingRun} run @param {any} record */
  async #look({ mode, sampleEvery, prompt }, run, record) {
    const { emit } = this.#lab, first = this.step === 0, { step } = record;
    this.step = step;
    emit('step', { record });
    if (first) emit('validated', { step: 0, loss: (await run.proof()).val_loss_first });
    if (record.val_loss !== undefined) emit('validated', { step, loss: record.val_loss });
    const due = sampleEvery > 0 && !this.#ending && (step === run.info.steps || step % sampleEvery === 0);
    if (prompt && mode === 'adapter' && due) emit('sampled', { step, text: await this.#lab.answering.sample(prompt) });
    if (run.keptStep === step) emit('checkpointed', { step });
  }

  /** @param {TrainRequest} request @param {import('loralab').TrainingRun} run */
  async #finish({ mode }, run) {
    const kept = this.#ending !== 'discard' && this.step > 0;
    const said = { kept, aborted: Boolean(this.#ending), adapted: kept && mode === 'adapter', proof: null, peakBytes: NaN, file: null };
    if (!kept) return said;
    const file = mode === 'full' ? await run.model().toGguf({ dtype: 'f16' }) : null;
    return { ...said, proof: await run.proof(), peakBytes: await run.peakBytes(), file };
  }

  pause() {
    this.#paused = true;
    this.#settle();
  }

  resume() {
    this.#paused = false;
    this.#settle();
    this.#goOn();
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
    this.#goOn();
  }

  #settle() {
    if (this.#ending) return;
    if (this.#paused || this.#holds > 0) this.#run?.pause();
    else this.#run?.resume();
  }
}
