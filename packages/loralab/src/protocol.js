// The messages between the page (or the Node program) and the worker that runs the engine.
//
// Every request has a number, and is answered once, by a result or an error. While a request is under way
// the worker may tell of its progress, and the page may cancel it. Long work is asked for piece by piece
// (a token, a training step), so that the worker hears other requests in between.

/**
 * @typedef {{ path: string, bytes: ArrayBuffer }} FileBytes
 * @typedef {{ request: object, files?: FileBytes[], take?: string[] }} CallBody a request of the engine (see requests.js),
 *   files that it needs, and the names of what it writes and is to be handed over
 * @typedef {'start' | 'load' | 'call' | 'begin_run' | 'resume_run' | 'keep_run' | 'end_run'} RequestKind
 *   start: instantiate the module; load: read a file or a folder's files into it and open them; call: see CallBody, whose
 *   result is { answer, taken }, with `taken` the written files, each in pieces; those of runs: see KeptRuns
 * @typedef {{ id: number, kind: RequestKind, body: any } | { id: number, cancel: true }} ToWorker
 * @typedef {{ id: number, memoryBytes: number } & ({ result: any } | { error: import('./errors.js').ErrorDetails, broken?: import('./errors.js').ErrorDetails }
 *   | { progress: import('./engine.js').LoadProgress })} FromWorker `memoryBytes`: what the module's memory has grown to
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

  #onClose;

  /** What the engine's memory has grown to, as the last message said. */
  memoryBytes = 0;

  /** @param {(message: ToWorker, transfer?: any[]) => void} post @param {() => void} [onClose] */
  constructor(post, onClose) {
    this.#post = post;
    this.#onClose = onClose;
  }

  /**
   * @param {RequestKind} kind @param {any} body
   * @param {{ transfer?: any[], onProgress?: (progress: import('./engine.js').LoadProgress) => void, signal?: AbortSignal }} [options]
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

  /**
   * A request of the engine.
   * @template {keyof import('./requests.js').Requests} Name
   * @param {{ do: Name } & import('./requests.js').Requests[Name]['asked']} request @param {FileBytes[]} [files]
   * @returns {Promise<import('./requests.js').Requests[Name]['answered']>}
   */
  async call(request, files = []) {
    return (await this.request('call', { request, files })).answer;
  }

  /**
   * A request of the engine that writes files; they come in pieces.
   * @template {keyof import('./requests.js').Requests} Name
   * @param {{ do: Name } & import('./requests.js').Requests[Name]['asked']} request @param {string[]} take
   * @returns {Promise<{ answer: import('./requests.js').Requests[Name]['answered'], taken: ArrayBuffer[][] }>}
   */
  async take(request, take) {
    return this.request('call', { request, take });
  }

  /** @param {FromWorker} message */
  receive(message) {
    this.memoryBytes = message.memoryBytes;
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if ('progress' in message) return waiting.onProgress?.(message.progress);
    this.#waiting.delete(message.id);
    if ('error' in message) {
      waiting.reject(new LabError(message.error));
      if (message.broken) this.close(new LabError(message.broken));
    } else waiting.resolve(message.result);
  }

  /** Why nothing is answered any more. */
  get closed() {
    return this.#closed;
  }

  /** Refuses whatever waits or comes: the worker is gone, or of no use any more. @param {LabError} reason */
  close(reason) {
    if (!this.#closed) this.#onClose?.();
    this.#closed ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }
}
