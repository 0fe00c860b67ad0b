// TrainingRun: a training run as an async iterator of its steps.
import { joined } from './bytes.js';
import { LabError, throwIfAborted } from './errors.js';
import { TrainedAdapter, TrainedModel } from './adapter.js';

/**
 * @typedef {object} StepRecord
 * @property {number} step from 1 @property {number} tokens so far @property {number} loss before the update
 * @property {number} lr @property {number} grad_norm @property {number} tokens_per_s of the step alone
 * @property {number} seconds that it took, with the validations before and after it, but without pauses
 * @property {number | null} [val_loss] of what is held out, where it was computed after this step
 *
 * @typedef {import('./requests.js').Requests['proof']['answered']} RunProof
 */

export class TrainingRun {
  #channel;
  #keeper;
  #step;
  /** @type {StepRecord | undefined} of a step that could not be kept yet */
  #unkept;
  #over = false;
  #validated = -1;
  /** Of the next record. */
  #seconds = 0;
  /** @type {{ promise: Promise<void>, resume: () => void } | undefined} */
  #pause;

  /** @internal @param {import('./protocol.js').Channel} channel @param {import('./requests.js').Requests['train']['answered']} begun @param {import('./runs.js').RunKeeper} [keeper] */
  constructor(channel, { run, ...info }, keeper) {
    this.#channel = channel;
    this.#keeper = keeper;
    /** @internal */
    this.number = run;
    /** parameters, steps, steps_done, samples, tokens, train_rows, val_rows, val_tokens, memory_bytes, settings */
    this.info = { ...info, settings: /** @type {Record<string, any>} */ (info.settings) };
    this.#step = info.steps_done;
  }

  /**
   * Trains as long as it is iterated. Leaving the loop leaves the run where it is. As `lora-lab train` does, what is held
   * out is judged before the first step, every `eval_every` steps, and after the last. Where a kept run finds no room any
   * more this throws, and once there is room goes on with that step when it is iterated again.
   * @returns {AsyncGenerator<StepRecord, void, void>}
   */
  async *[Symbol.asyncIterator]() {
    const { val_rows: rows, steps, settings: { eval_every: every } } = this.info;
    if (this.#step === 0 && rows > 0 && this.#validated < 0) await this.#validateUnlessOver();
    while (this.#unkept || (!this.#over && this.#step < steps)) {
      if (!this.#unkept) {
        await this.#pause?.promise;
        if (this.#over) break;
        const { over, ...record } = await this.#timed({ do: 'step', run: this.number });
        this.#step = record.step;
        const judged = rows > 0 && (over || (every > 0 && record.step % every === 0));
        const val = judged && { val_loss: await this.#validateUnlessOver() };
        this.#unkept = { ...record, seconds: this.#seconds, ...val };
        this.#seconds = 0;
      }
      await this.#keeper?.after(this.#unkept, this.#unkept.step === steps);
      const record = this.#unkept;
      this.#unkept = undefined;
      yield record;
    }
    if (this.#over) await this.#keeper?.keep();
  }

  /** @template {'step' | 'validate'} Name @param {{ do: Name } & import('./requests.js').Requests[Name]['asked']} request */
  async #timed(request) {
    const began = performance.now(), answer = await this.#channel.call(request);
    this.#seconds += (performance.now() - began) / 1000;
    return answer;
  }

  /** An abort ends a validation, but is no error. */
  async #validateUnlessOver() {
    const rows = this.info.val_rows;
    for (let row = 0; row < rows; ++row) {
      await this.#pause?.promise;
      if (this.#over) return null;
      const { over, loss = null } = await this.#timed({ do: 'validate', run: this.number, row });
      if (!over) continue;
      this.#validated = this.#step;
      return loss;
    }
    return null;
  }

  /** No step begins until resume(). */
  pause() {
    if (this.#pause) return;
    let resume = () => {};
    const promise = new Promise((/** @type {(value: void) => void} */ resolve) => { resume = resolve; });
    this.#pause = { promise, resume };
  }

  resume() {
    this.#pause?.resume();
    this.#pause = undefined;
  }

  /** No further step begins; what was learnt stays. */
  abort() {
    this.#over = true;
    this.resume();
  }

  /** Mean loss of what is held out; null if nothing is. @param {{ signal?: AbortSignal }} [options] @returns {Promise<number | null>} */
  async validate({ signal } = {}) {
    for (let row = 0; row < this.info.val_rows; ++row) {
      throwIfAborted(signal);
      const { over, loss = null } = await this.#channel.call({ do: 'validate', run: this.number, row });
      if (over) return loss;
    }
    return null;
  }

  /**
   * What this run has changed: parameters that differ from where it began and how far, weights of the model that they act
   * on, and the losses before and after; null where there is none.
   * @returns {Promise<RunProof>}
   */
  async proof() {
    return this.#channel.call({ do: 'proof', run: this.number });
  }

  /**
   * The most of the engine's memory that was in use while this run began, stepped, validated or saved, without what answers
   * took in between: what plan() says as `peak_bytes` beforehand. @returns {Promise<number>}
   */
  async peakBytes() {
    return (await this.#channel.call({ do: 'run_memory', run: this.number })).peak_bytes;
  }

  /** The step that the browser keeps; undefined of a run that was begun without a name. */
  get keptStep() {
    return this.#keeper?.step;
  }

  /** Keeps the run as it is now in the browser's storage, if it was begun with a name. */
  async keep() {
    await this.#keeper?.keep();
  }

  /** The bytes of a checkpoint: with them and the same corpus, train({ corpus, checkpoint }) goes on from here. */
  async checkpoint() {
    const { taken: [pieces] } = await this.#channel.take({ do: 'save_checkpoint', run: this.number, path: 'checkpoint' }, ['checkpoint/checkpoint.safetensors']);
    return joined(pieces);
  }

  get #isFull() {
    return this.info.settings.variant === 'full';
  }

  /** @type {import('./adapter.js').Save} */
  #save = async (path, take, dtype) => (await this.#channel.take({ do: 'save', run: this.number, path, dtype }, take)).taken;

  /** What has been learnt so far, of a run that trains an adapter. */
  adapter() {
    if (this.#isFull) throw new LabError({ code: 'unsupported', message: 'this run trains the whole model and has no adapter', field: 'adapter', remedy: 'Take run.model().' });
    return new TrainedAdapter(this.#save);
  }

  /** What has been learnt so far, of a run of mode "full". */
  model() {
    if (!this.#isFull) throw new LabError({ code: 'unsupported', message: 'this run trains an adapter, not the whole model', field: 'model', remedy: 'Take run.adapter().' });
    return new TrainedModel(this.#save);
  }

  /** Gives the run's memory back. */
  async dispose() {
    this.abort();
    await this.#channel.call({ do: 'close', run: this.number });
    await this.#keeper?.end();
  }
}
