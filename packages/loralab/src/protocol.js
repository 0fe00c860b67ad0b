// The messages between the page (or the Node program) and the worker that runs the engine.
//
// Every request has a number, and is answered once, by a result or an error. While a request is under way
// the worker may tell of its progress, and the page may cancel it. Long work is asked for piece by piece
// (a token, a training step), so that the worker hears other requests in between.

/**
 * @typedef {{ path: string, bytes: ArrayBuffer }} FileBytes
 * @typedef {'start' | 'load' | 'call'} RequestKind
 *   start: instantiate the module; load: read a model's file into it; call: a request of the engine, in JSON,
 *   with files that it needs and the names of files to take out afterwards
 * @typedef {{ id: number, kind: RequestKind, body: any } | { id: number, cancel: true }} ToWorker
 * @typedef {{ id: number, result: any } | { id: number, error: import('./errors.js').ErrorDetails }
 *   | { id: number, progress: { loaded: number, total: number } }} FromWorker
 */

import { LabError } from './errors.js';

/** The page's end: numbers requests and hands their answers to those who wait. */
export class Channel {
  #last = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: unknown) => void, onProgress?: (progress: any) => void }>} */
  #waiting = new Map();
  #post;
  /** @type {LabError | undefined} */
  #closed;

  /** @param {(message: ToWorker, transfer?: any[]) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /**
   * @param {RequestKind} kind @param {any} body
   * @param {{ transfer?: any[], onProgress?: (progress: { loaded: number, total: number }) => void, signal?: AbortSignal }} [options]
   * @returns {Promise<any>}
   */
  request(kind, body, { transfer = [], onProgress, signal } = {}) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      const cancel = () => this.#post({ id, cancel: true });
      signal?.addEventListener('abort', cancel, { once: true });
      const settle = (/** @type {(value: any) => void} */ how) => (/** @type {any} */ value) => {
        signal?.removeEventListener('abort', cancel);
        how(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject), onProgress });
      this.#post({ id, kind, body }, transfer);
      if (signal?.aborted) cancel();
    });
  }

  /** @param {FromWorker} message */
  receive(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if ('progress' in message) return waiting.onProgress?.(message.progress);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting.reject(new LabError(message.error));
    else waiting.resolve(message.result);
  }

  /** Refuses whatever waits or comes: the worker is gone. @param {LabError} reason */
  close(reason) {
    this.#closed ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }
}
