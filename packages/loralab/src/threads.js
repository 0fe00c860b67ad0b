// Threads for the engine: workers that share its memory and wait for pieces of a kernel's work.
import { LabError } from './errors.js';

const STACK = 1 << 20;
const inNode = typeof process === 'object' && Boolean(process.versions?.node);

/** How many threads can be had here. In a page, memory is shared only where the server isolates it. */
export async function mostThreads() {
  if (inNode) return process.getBuiltinModule('node:os').availableParallelism();
  return globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
}

/** @returns {WebAssembly.Memory} as large as it may grow here */
export function sharedMemory() {
  for (let maximum = 65536; maximum >= 8192; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 256, maximum, shared: true });
    } catch { /* such a reserve is not to be had: take half of it */ }
  }
  throw new LabError({ code: 'out_of_memory', message: 'no shared memory is to be had', remedy: 'Take one thread.' });
}

/** @param {any} start @returns {Promise<void>} when it is ready */
async function startOne(start) {
  if (inNode) {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(new URL(import.meta.resolve('./pool-worker.js')), { execArgv: [] });
    worker.postMessage(start);
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    worker.unref();
    return;
  }
  const worker = new Worker(new URL('./pool-worker.js', import.meta.url), { type: 'module' });
  worker.postMessage(start);
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
  });
}

/**
 * Starts the workers 1 to threads - 1; they end with the worker that this is called in.
 * @param {WebAssembly.Module} module @param {WebAssembly.Memory} memory @param {any} exports of the first instance @param {number} threads
 */
export async function startThreads(module, memory, exports, threads) {
  exports.set_threads(threads);
  const starts = [];
  for (let number = 1; number < threads; ++number) {
    // A stack grows down from its end, which must be a multiple of 16.
    const stack = ((exports.allocate(STACK) >>> 0) + STACK) & ~15;
    starts.push(startOne({ module, memory, number, stack }));
  }
  await Promise.all(starts);
}
