// Engine: a worker with the engine in it.
import { LabError, throwIfAborted } from './errors.js';
import { ModelCache, askToStay } from './cache.js';
import { chooseFlavour } from './flavour.js';
import { sendable } from './folder.js';
import { absoluteUrl, readModule, startWorker } from './host.js';
import { whenFree } from './locks.js';
import { Model } from './model.js';
import { Channel } from './protocol.js';
import { Runs } from './runs.js';
import { LoadedTokenizer } from './texts.js';

/**
 * @typedef {object} EngineOptions
 * @property {number} [threads] all that can be had, if it is left out; results do not depend on it
 * @property {boolean} [relaxed] fused multiply-add, where it can be had if it is left out; its results differ in the last bits
 * @property {'cpu'} [device]
 * @property {string | URL} [wasmUrl] where the modules lie, if not in the package: a folder, with a / at its end, or the one module
 * @property {string | URL} [workerUrl] where worker.js lies, if not in the package; the other scripts are beside it
 * @property {string | URL} [modelsUrl] a folder, with a / at its end, where the files of known models are looked for first
 *
 * @typedef {import('./folder.js').Source} Source
 * @typedef {{ onProgress?: (progress: LoadProgress) => void, signal?: AbortSignal, cache?: boolean, sha256?: string }} LoadOptions
 *   `cache`: whether the browser keeps what comes from a server, true if it is left out; `sha256`: what the file must have
 * @typedef {{ loaded: number, total: number, from?: 'network' | 'cache' }} LoadProgress bytes; a total that is not known yet is 0
 */

/** @param {EngineOptions} [options] @returns {Promise<Engine>} */
export async function createEngine({ threads, relaxed, device = 'cpu', wasmUrl, workerUrl, modelsUrl } = {}) {
  if (device !== 'cpu') throw new LabError({ code: 'unsupported', message: `there is no device '${device}'`, field: 'device', remedy: "Take 'cpu'." });
  const flavour = await chooseFlavour({ threads, relaxed });
  const engine = new Engine(flavour, modelsUrl === undefined ? undefined : absoluteUrl(modelsUrl));
  try {
    await engine.start({ wasmUrl, workerUrl });
  } catch (error) {
    engine.dispose();
    throw error;
  }
  return engine;
}

export class Engine {
  /** @type {import('./host.js').EngineWorker | undefined} */
  #worker;
  #channel = new Channel((message, transfer) => this.#worker?.post(message, transfer), () => this.#worker?.end());

  #modelsUrl;
  /** The models that this browser keeps for this site. */
  cache = new ModelCache();
  /** The training runs that it keeps. */
  runs = new Runs();

  /** @internal @param {import('./flavour.js').Flavour} flavour @param {string} [modelsUrl] */
  constructor({ threads, relaxed, why }, modelsUrl) {
    this.#modelsUrl = modelsUrl;
    this.threads = threads;
    this.relaxed = relaxed;
    /** Which build was taken, and why: one line. */
    this.flavour = why;
  }

  /** @internal @param {{ wasmUrl?: string | URL, workerUrl?: string | URL }} places */
  async start({ wasmUrl, workerUrl }) {
    this.#worker = await startWorker((message) => this.#channel.receive(message), (reason) => this.#channel.close(reason), workerUrl);
    const wasm = await readModule({ shared: this.threads > 1, relaxed: this.relaxed }, wasmUrl);
    const life = `loralab:engine:${globalThis.crypto?.randomUUID?.() ?? Math.random()}`;
    await this.#channel.request('start', { wasm, threads: this.threads, life }, { transfer: [wasm] });
    whenFree(life, () => this.#channel.close(new LabError({ code: 'io', message: 'the engine\'s worker ended', remedy: 'Create another engine.' })));
  }

  /** Bytes that the engine's memory has grown to, as of its last answer; it never shrinks. */
  get memoryBytes() {
    return this.#channel.memoryBytes;
  }

  /** Why this engine cannot be used any more; undefined as long as it can. @returns {LabError | undefined} */
  get failure() {
    return this.#channel.closed;
  }

  /** @param {Source} source @param {'open_model' | 'open_tokenizer' | 'inspect'} open @param {LoadOptions} [options] */
  async #load(source, open, { onProgress, signal, cache = open === 'open_model', sha256 } = {}) {
    throwIfAborted(signal);
    const body = { source: typeof source === 'string' || source instanceof URL ? absoluteUrl(source) : sendable(source), open, cache, modelsUrl: this.#modelsUrl, sha256 };
    const opened = await this.#channel.request('load', body, { onProgress, signal, transfer: source instanceof ArrayBuffer ? [source] : [] });
    if (signal?.aborted) {  // too late for the worker to hear
      await this.#channel.call({ do: 'close', model: opened.model, tokenizer: opened.tokenizer });
      throwIfAborted(signal);
    }
    if (opened.source.from === 'network' && opened.source.cached) void askToStay().catch(() => {});
    return opened;
  }

  /**
   * Loads a model: a known name ("smollm2-135m"), a path of a GGUF file or of a Hugging Face folder (in Node), a URL,
   * a File or Blob, bytes, or the Files of a Hugging Face folder. An ArrayBuffer is moved to the engine: it is empty afterwards.
   * @param {Source} source @param {LoadOptions} [options] @returns {Promise<Model>}
   */
  async loadModel(source, options) {
    return new Model(this.#channel, await this.#load(source, 'open_model', options));
  }

  /** Loads a tokenizer alone, from the same sources: a GGUF file that holds a vocabulary, or tokenizer.json with what lies beside it.
   * @param {Source} source @param {LoadOptions} [options] @returns {Promise<LoadedTokenizer>} */
  async loadTokenizer(source, options) {
    return new LoadedTokenizer(this.#channel, await this.#load(source, 'open_tokenizer', options));
  }

  /**
   * What a file holds, without keeping it: a model, an adapter or a checkpoint (format, tensors, metadata), or a corpus (samples).
   * @param {Source} source @param {LoadOptions} [options] @returns {Promise<import('./requests.js').Requests['inspect']['answered']>}
   */
  async inspect(source, options) {
    const { source: from, ...answer } = await this.#load(source, 'inspect', options);
    return answer;
  }

  /** Ends the worker and gives all its memory back. */
  dispose() {
    this.#channel.close(new LabError({ code: 'not_found', message: 'the engine was disposed of' }));
  }
}
