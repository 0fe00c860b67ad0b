// Model: a loaded model that completes texts, answers, takes adapters, learns and proves what it does.
import { LoadedAdapter } from './adapter.js';
import { adapterFiles } from './adapter-files.js';
import { bytesOf } from './bytes.js';
import { LabError } from './errors.js';
import { generate } from './generation.js';
import { checkGradient, probe } from './proof.js';
import { TrainingRun } from './run.js';
import { RunKeeper } from './runs.js';
import { Texts, corpusFile } from './texts.js';

/**
 * @typedef {import('./bytes.js').Bytes} Bytes
 * @typedef {import('./generation.js').GenerateOptions} GenerateOptions
 * @typedef {import('./generation.js').Token} Token
 * @typedef {import('./texts.js').Message} Message
 * @typedef {Omit<import('./requests.js').Requests['open_model']['answered'], 'model'>} ModelInfo
 *
 * @typedef {{ corpus: Bytes, name?: string, mode?: 'adapter' | 'full' } & Record<string, any>} RunOptions `name` ends in .jsonl, .txt or
 *   .md and says what the corpus is; mode "full" trains every weight; the rest are settings: rank, alpha, steps, context, lr, ...
 */

/** @param {RunOptions} options */
async function runRequest({ corpus, name, mode, ...settings }) {
  if (mode !== undefined && mode !== 'adapter' && mode !== 'full')
    throw new LabError({ code: 'bad_argument', message: `there is no mode '${mode}'`, field: 'mode', remedy: "Take 'adapter' or 'full'." });
  const file = await corpusFile(corpus, name);
  return { file, settings: { ...settings, ...(mode === 'full' && { variant: 'full' }), data: file.path } };
}

/** @param {number} every */
function checkEvery(every) {
  if (!Number.isInteger(every) || every < 1) throw new LabError({ code: 'bad_argument', message: `${every} is not a number of steps from 1 on`, field: 'checkpointEvery' });
}

export class Model extends Texts {
  #channel;
  #model;
  /** @type {LoadedAdapter | null} what answers come with where nothing else is said */
  #current = null;

  /** @internal @param {import('./protocol.js').Channel} channel @param {any} opened */
  constructor(channel, { model, source, ...info }) {
    super(channel, { model });
    this.#channel = channel;
    this.#model = model;
    /** @type {ModelInfo} format, family, layers, hidden, vocab, max_positions, parameters, chat (has it a chat template?) */
    this.info = info;
    const { problem, ...from } = source;
    /**
     * Where it came from: name, file, from ("network" or "cache"), cached (is it kept for the next time?), problem (why it could not be).
     * @type {{ name: string, file: string, from?: 'network' | 'cache', cached?: boolean, problem?: LabError }}
     */
    this.source = { ...from, ...(problem && { problem: new LabError(problem) }) };
  }

  /** Completes a text (or ids). @param {string | number[]} prompt @param {GenerateOptions} [options] @returns {AsyncGenerator<Token, void, void>} */
  generate(prompt, options) {
    return generate(this.#channel, this.#model, typeof prompt === 'string' ? { text: prompt } : { ids: prompt }, this.#withAdapter(options));
  }

  /** Answers a conversation. @param {Message[]} messages @param {GenerateOptions} [options] @returns {AsyncGenerator<Token, void, void>} */
  chat(messages, options) {
    return generate(this.#channel, this.#model, { messages }, this.#withAdapter(options));
  }

  /** @template {{ adapter?: import('./generation.js').AdapterChoice }} T @param {T} [options] @returns {T} */
  #withAdapter(options) {
    return /** @type {T} */ ({ ...options, adapter: options?.adapter === undefined ? this.#current : options.adapter });
  }

  /**
   * Answers come from the base with this adapter from now on, unless they are asked for otherwise; after null, from the
   * base alone. Adapters that were loaded before stay until they are disposed of.
   * @overload @param {null} adapter @returns {Promise<null>}
   */
  /**
   * @overload
   * @param {Bytes | (Blob & { name: string })[]} adapter a GGUF adapter, the bytes of adapter_model.safetensors, a PEFT folder as a .zip or
   *   as its files, or in Node a path
   * @param {{ config?: string | object }} [options] the adapter_config.json that goes with safetensors
   * @returns {Promise<LoadedAdapter>}
   */
  /**
   * @param {Bytes | (Blob & { name: string })[] | null} adapter
   * @param {{ config?: string | object }} [options]
   * @returns {Promise<LoadedAdapter | null>}
   */
  async loadAdapter(adapter, { config } = {}) {
    if (adapter === null) return (this.#current = null);
    const { path, files } = await adapterFiles(adapter, config);
    const { adapter: number, ...info } = await this.#channel.call({ do: 'load_adapter', model: this.#model, path }, files);
    this.#current = new LoadedAdapter(number, info, async (disposed) => {
      if (this.#current === disposed) this.#current = null;
      await this.#channel.call({ do: 'close', adapter: number });
    });
    return this.#current;
  }

  /**
   * Begins to train an adapter, or with mode "full" every weight; iterate over what it returns to train.
   * @param {RunOptions & { checkpoint?: Bytes, run?: string, checkpointEvery?: number }} options `checkpoint`, of a run's checkpoint(), goes
   *   on with that run and its settings; with `run`, a name, a browser keeps the run every so many steps, 10 if that is left out, and at its end
   * @returns {Promise<TrainingRun>}
   */
  async train({ checkpoint, run: id, checkpointEvery = 10, ...options }) {
    const { file, settings } = await runRequest(options);
    const files = [file];
    if (checkpoint) files.push({ path: 'resumed/checkpoint.safetensors', bytes: await bytesOf(checkpoint) });
    const request = { do: /** @type {const} */ ('train'), model: this.#model, settings, checkpoint: checkpoint && 'resumed' };
    if (id === undefined) return new TrainingRun(this.#channel, await this.#channel.call(request, files));
    checkEvery(checkpointEvery);
    const { answer } = await this.#channel.request('begin_run', { id, model: this.source.name, request, files });
    return new TrainingRun(this.#channel, answer, new RunKeeper(this.#channel, answer.run, checkpointEvery, answer.steps_done));
  }

  /**
   * Goes on with a run that the browser keeps, from where it was kept last, to the same result.
   * @param {string} id @param {{ checkpointEvery?: number }} [options] @returns {Promise<TrainingRun>}
   */
  async resume(id, { checkpointEvery = 10 } = {}) {
    checkEvery(checkpointEvery);
    const { answer } = await this.#channel.request('resume_run', { id, number: this.#model });
    return new TrainingRun(this.#channel, answer, new RunKeeper(this.#channel, answer.run, checkpointEvery, answer.steps_done));
  }

  /**
   * Time and memory of a run before it starts, as `lora-lab plan --json`; takes some seconds, in which the real kernels are timed.
   * @param {RunOptions} options as for train()
   */
  async plan(options) {
    const { file, settings } = await runRequest(options);
    return this.#channel.call({ do: 'plan', model: this.#model, settings }, [file]);
  }

  /** What the model computes from token ids, as `lora-lab probe`. @param {import('./proof.js').ProbeOptions} options */
  async probe(options) {
    return probe(this.#channel, this.#model, this.#withAdapter(options));
  }

  /**
   * Checks the backward: slopes of the loss along some directions, by its gradient and by central differences. With a run
   * and no ids, on a row of its corpus; without an adapter, with one of rank 4 that is made for it.
   * @param {{ ids?: number[][], directions?: number, adapter?: import('./generation.js').AdapterChoice, signal?: AbortSignal }} options
   */
  checkGradient(options) {
    return checkGradient(this.#channel, this.#model, this.#withAdapter(options));
  }

  async dispose() {
    await this.#channel.call({ do: 'close', model: this.#model });
  }
}
