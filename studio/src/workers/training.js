// Training: the run under way, step by step. It waits while the user pauses it and while the model answers.
import { LabError } from 'loralab';

/**
 * @typedef {{ id: string, mode: 'adapter' | 'full', settings: Record<string, any>, sampleEvery: number, prompt: string }} TrainRequest
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
  async start({ id, mode, settings, sampleEvery, prompt }) {
    const { emit, model, corpus } = this.#lab;
    Object.assign(this, { step: 0 });
    this.#ending = undefined;
    this.#paused = false;
    const run = await model.train({ corpus: corpus.bytes, name: corpus.name, mode, ...settings });
    this.#run = run;
    this.#settle();
    try {
      emit('begun', { info: run.info });
      let first = true;
      for await (const record of run) {
        this.step = record.step;
        emit('step', { record });
        if (first) emit('validated', { step: 0, loss: (await run.proof()).val_loss_first });
        first = false;
        if (record.val_loss !== undefined) emit('validated', { step: record.step, loss: record.val_loss });
        const due = sampleEvery > 0 && (record.step % sampleEvery === 0 || record.step === run.info.steps);
        if (prompt && due && !this.#ending && mode === 'adapter') emit('sampled', { step: record.step, text: await this.#lab.answering.sample(prompt) });
      }
      return await this.#finish(id, run, mode);
    } finally {
      this.#run = undefined;
      await run.dispose();
    }
  }

  /** @param {string} id @param {import('loralab').TrainingRun} run @param {'adapter' | 'full'} mode */
  async #finish(id, run, mode) {
    const kept = this.#ending !== 'discard' && this.step > 0;
    const proof = this.step > 0 ? await run.proof() : null;
    if (!kept || mode === 'full') return { kept, steps: this.step, proof, adapter: null, model: kept ? await run.model().toGguf({ dtype: 'f16' }) : null };
    const trained = run.adapter();
    const adapter = { weights: await trained.toSafetensors(), config: await trained.config() };
    this.#lab.adapters.add(id, adapter);
    return { kept, steps: this.step, proof, adapter, model: null };
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
