// Names that one tab or worker holds at a time, among all of this site (Web Locks).
import { LabError } from './errors.js';

/** How long a tab that was just closed may take to let go. */
const PATIENCE_MS = 5000;

/** @template T @param {string} name @param {{ mode?: 'shared' | 'exclusive', signal?: AbortSignal }} how @param {() => Promise<T>} use @returns {Promise<T>} */
export function withLock(name, how, use) {
  return globalThis.navigator?.locks ? /** @type {any} */ (navigator.locks.request(name, how, use)) : use();
}

/** Like withLock(), but refuses if somebody else has it. @template T @param {string} name @param {string} what @param {() => Promise<T>} use @returns {Promise<T>} */
export function withLockNow(name, what, use) {
  if (!globalThis.navigator?.locks) return use();
  return /** @type {any} */ (navigator.locks.request(name, { ifAvailable: true }, (lock) => {
    if (!lock) throw busy(what);
    return use();
  }));
}

/** Holds a name until what this resolves to is called, or this worker ends. @param {string} name @param {string} what @returns {Promise<() => void>} */
export function holdLock(name, what) {
  if (!globalThis.navigator?.locks) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    const held = () => new Promise((release) => resolve(() => release(undefined)));
    navigator.locks.request(name, { signal: AbortSignal.timeout(PATIENCE_MS) }, held).catch(() => reject(busy(what)));
  });
}

/** Calls `use` when nobody holds a name any more: browsers say nothing when they end a worker. @param {string} name @param {() => void} use */
export function whenFree(name, use) {
  globalThis.navigator?.locks?.request(name, use).catch(() => {});
}

/** @param {string} what */
const busy = (what) => new LabError({ code: 'busy', message: `${what} is in use in another tab`, remedy: 'Close the other tab, or wait until it is done.' });
