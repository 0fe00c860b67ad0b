// Calls and events between the page and its worker: a call is answered once, an event just arrives.

/**
 * @typedef {import('loralab').LabError} LabError
 * @typedef {{ code: string, message: string, remedy?: string, file?: string, line?: number, offset?: number, field?: string }} Problem
 *   what went wrong, in the engine's words
 */

/** An answer with buffers that are moved instead of copied. */
export class Moved {
  /** @param {any} value @param {Transferable[]} transfer */
  constructor(value, transfer) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** @param {unknown} error @returns {Problem} */
export function problemOf(error) {
  const known = /** @type {any} */ (error);
  if (typeof known?.details === 'function') return known.details();
  return { code: known?.code ?? 'io', message: known?.message ?? String(error), remedy: known?.remedy ?? '' };
}

/** A refusal that came from the worker. */
export class LabProblem extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.message);
    this.problem = problem;
    this.code = problem.code;
  }
}

/**
 * The worker's end. @param {Record<string, (...args: any[]) => any>} methods
 * @param {{ postMessage: (message: any, transfer: Transferable[]) => void, onmessage: any }} scope
 */
export function serveCalls(methods, scope) {
  scope.onmessage = async (/** @type {MessageEvent} */ { data: { id, method, args } }) => {
    try {
      const answer = await methods[method](...args);
      if (answer instanceof Moved) scope.postMessage({ id, answer: answer.value }, answer.transfer);
      else scope.postMessage({ id, answer }, []);
    } catch (error) {
      scope.postMessage({ id, problem: problemOf(error) }, []);
    }
  };
}

/** The page's end. */
export class Caller {
  #last = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: LabProblem) => void }>} */
  #waiting = new Map();
  #worker;
  #onEvent;

  /** @param {Worker} worker @param {(event: any) => void} onEvent */
  constructor(worker, onEvent) {
    this.#worker = worker;
    this.#onEvent = onEvent;
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => this.fail({ code: 'io', message: event.message ?? 'the worker failed', remedy: '' });
  }

  /** @param {string} method @param {any[]} args @param {Transferable[]} [transfer] @returns {Promise<any>} */
  call(method, args, transfer = []) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, args }, transfer);
    });
  }

  /** Refuses everything that waits. @param {Problem} problem */
  fail(problem) {
    for (const { reject } of this.#waiting.values()) reject(new LabProblem(problem));
    this.#waiting.clear();
    this.#onEvent({ event: 'failed', problem });
  }

  /** @param {any} message */
  #receive(message) {
    if ('event' in message) return this.#onEvent(message);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('problem' in message) waiting?.reject(new LabProblem(message.problem));
    else waiting?.resolve(message.answer);
  }
}
