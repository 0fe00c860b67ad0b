// Engine: a worker with the engine in it.
import { LabError, throwIfAborted } from './errors.js';
import { readModule, startWorker } from './host.js';
import { Model } from './model.js';
import { Channel } from './protocol.js';

/**
 * @typedef {object} EngineOptions
 * @property {number} [threads] 1: more are not supported yet
 * @property {'cpu'} [device]
 */

/** @param {EngineOptions} [options] @returns {Promise<Engine>} */
export async function createEngine({ threads = 1, device = 'cpu' } = {}) {
  if (threads !== 1) throw new LabError({ code: 'unsupported', message: `${threads} threads are asked for and the engine has one`, field: 'threads', remedy: 'Leave threads out.' });
  if (device !== 'cpu') throw new LabError({ code: 'unsupported', message: `there is no device '${device}'`, field: 'device', remedy: "Take 'cpu'." });
  const engine = new Engine();
  await engine.start();
  return engine;
}

export class Engine {
  /** @type {import('./host.js').EngineWorker | undefined} */
  #worker;
  #channel = new Channel((message, transfer) => this.#worker?.post(message, transfer));

  /** @internal */
  async start() {
    this.#worker = await startWorker((message) => this.#channel.receive(message), (reason) => this.#channel.close(reason));
    const wasm = await readModule();
    await this.#channel.request('start', { wasm }, { transfer: [wasm] });
  }

  /**
   * Loads a GGUF model: a known name ("smollm2-135m", in Node), a path (in Node), a URL, a File or Blob, or bytes.
   * An ArrayBuffer is moved to the engine: it is empty afterwards.
   * @param {import('./source.js').ModelSource} source
   * @param {{ onProgress?: (progress: { loaded: number, total: number }) => void, signal?: AbortSignal }} [options]
   * @returns {Promise<Model>}
   */
  async loadModel(source, { onProgress, signal } = {}) {
    throwIfAborted(signal);
    const body = { source: source instanceof URL ? source.href : source };
    const info = await this.#channel.request('load', body, { onProgress, signal, transfer: source instanceof ArrayBuffer ? [source] : [] });
    return new Model(this.#channel, info);
  }

  /** Ends the worker and gives all its memory back. */
  dispose() {
    this.#worker?.end();
    this.#channel.close(new LabError({ code: 'not_found', message: 'the engine was disposed of' }));
  }
}
