// TrainingRun: a training run as an async iterator of its steps.
import { TrainedAdapter } from './adapter.js';

/**
 * @typedef {object} StepRecord
 * @property {number} step from 1 @property {number} tokens so far @property {number} loss before the update
 * @property {number} lr @property {number} grad_norm @property {number} tokens_per_s
 */

export class TrainingRun {
  #channel;
  #run;
  #over = false;
  /** @type {{ promise: Promise<void>, resume: () => void } | undefined} */
  #pause;

  /** @internal @param {import('./protocol.js').Channel} channel @param {any} begun */
  constructor(channel, { run, ...info }) {
    this.#channel = channel;
    this.#run = run;
    /** parameters, steps, samples, tokens, train_rows, val_tokens, memory_bytes, settings */
    this.info = info;
  }

  /** @param {object} request @param {string[]} [take] */
  async #call(request, take = []) {
    return this.#channel.request('call', { request: { ...request, run: this.#run }, take });
  }

  /** Trains as long as it is iterated. Leaving the loop leaves the run where it is. @returns {AsyncGenerator<StepRecord, void, void>} */
  async *[Symbol.asyncIterator]() {
    while (!this.#over) {
      await this.#pause?.promise;
      if (this.#over) return;
      const { answer: { over, ...record } } = await this.#call({ do: 'step' });
      this.#over = over || this.#over;
      yield record;
    }
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

  /** Mean loss of what is held out; null if nothing is. @returns {Promise<number | null>} */
  async validate() {
    return (await this.#call({ do: 'validate' })).answer.loss;
  }

  /** The bytes of a checkpoint: with them and the same corpus, train({ corpus, checkpoint }) goes on from here. */
  async checkpoint() {
    const { taken: [bytes] } = await this.#call({ do: 'save_checkpoint', path: 'checkpoint' }, ['checkpoint/checkpoint.safetensors']);
    return new Uint8Array(bytes);
  }

  /** What has been learnt so far. */
  adapter() {
    return new TrainedAdapter(async (path, take) => (await this.#call({ do: 'save_adapter', path }, take)).taken);
  }

  /** Gives the run's memory back. */
  async dispose() {
    this.abort();
    await this.#call({ do: 'close' });
  }
}
