// Engine: a worker with the engine in it.
import { LabError, throwIfAborted } from './errors.js';
import { hasRelaxedSimd, readModule, startWorker } from './host.js';
import { Model } from './model.js';
import { Channel } from './protocol.js';
import { mostThreads } from './threads.js';

/**
 * @typedef {object} EngineOptions
 * @property {number} [threads] all that can be had, if it is left out; results do not depend on it
 * @property {boolean} [relaxed] fused multiply-add, where it can be had if it is left out; its results differ in the last bits
 * @property {'cpu'} [device]
 */

/** @param {EngineOptions} [options] @returns {Promise<Engine>} */
export async function createEngine({ threads, relaxed = hasRelaxedSimd(), device = 'cpu' } = {}) {
  const most = await mostThreads();
  const count = threads ?? most;
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new LabError({ code: 'bad_argument', message: `${count} is not a number of threads from 1 to 64`, field: 'threads' });
  if (count > 1 && most === 1 && typeof SharedArrayBuffer === 'undefined')
    throw new LabError({ code: 'unsupported', message: 'this page may not share memory between threads', field: 'threads', remedy: 'Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or take one thread.' });
  if (device !== 'cpu') throw new LabError({ code: 'unsupported', message: `there is no device '${device}'`, field: 'device', remedy: "Take 'cpu'." });
  if (relaxed && !hasRelaxedSimd()) throw new LabError({ code: 'unsupported', message: 'relaxed SIMD is not to be had here', field: 'relaxed', remedy: 'Leave relaxed out.' });
  const engine = new Engine(count, relaxed);
  await engine.start();
  return engine;
}

export class Engine {
  /** @type {import('./host.js').EngineWorker | undefined} */
  #worker;
  #channel = new Channel((message, transfer) => this.#worker?.post(message, transfer));

  /** @internal @param {number} threads @param {boolean} relaxed */
  constructor(threads, relaxed) {
    this.threads = threads;
    this.relaxed = relaxed;
  }

  /** @internal */
  async start() {
    this.#worker = await startWorker((message) => this.#channel.receive(message), (reason) => this.#channel.close(reason));
    const wasm = await readModule({ shared: this.threads > 1, relaxed: this.relaxed });
    await this.#channel.request('start', { wasm, threads: this.threads }, { transfer: [wasm] });
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
