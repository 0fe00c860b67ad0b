// The page's one worker, and who listens to its events.
import { Caller } from '../workers/rpc.js';

/** @type {Map<string, Set<(body: any) => void>>} */
const listeners = new Map();
/** @type {Caller | undefined} */
let caller;

function connect() {
  const worker = new Worker(new URL('../workers/training.worker.js', import.meta.url), { type: 'module' });
  return new Caller(worker, (message) => listeners.get(message.event)?.forEach((listener) => listener(message)));
}

/** Asks the worker. @param {string} method @param {...any} args @returns {Promise<any>} */
export function ask(method, ...args) {
  caller ??= connect();
  return caller.call(method, args);
}

/** @param {string} event @param {(body: any) => void} listener */
export function on(event, listener) {
  if (!listeners.has(event)) listeners.set(event, new Set());
  listeners.get(event)?.add(listener);
}
