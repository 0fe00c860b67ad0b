// A worker that repeats single kernels of kernels.cc and times them.
import { sharedMemory, startThreads } from '/packages/loralab/src/threads.js';
import { wasiImports } from '/packages/loralab/src/wasi.js';

/** @type {any} */
let kernels;

/** @param {string} url @param {number} threads */
async function start(url, threads) {
  const module = await WebAssembly.compileStreaming(fetch(url));
  /** @type {any} */
  let memory;
  /** @type {any} */
  const imports = { wasi_snapshot_preview1: wasiImports(() => memory), lab: { out_of_memory() { throw new Error('out of memory'); } } };
  if (threads > 1) imports.env = { memory: memory = sharedMemory() };
  const { exports } = await WebAssembly.instantiate(module, imports);
  memory ??= exports.memory;
  kernels = exports;
  kernels.__wasm_call_ctors();
  if (threads > 1) await startThreads(module, memory, exports, threads);
}

/** Seconds a call, the least of some milliseconds' worth of tries, so that other work disturbs it least. @param {(times: number) => void} repeat */
function leastTime(repeat) {
  let times = 1, least = Infinity;
  const end = performance.now() + 400;
  while (performance.now() < end) {
    const begun = performance.now();
    repeat(times);
    const ms = performance.now() - begun;
    if (ms < 2) times *= 2;
    else least = Math.min(least, ms / times);
  }
  return least / 1000;
}

/** @type {Record<string, (...arguments_: any[]) => any>} */
const requests = {
  start,
  /** FLOP/s of multiply-adds alone. */
  peak: () => kernels.peak(),
  /** FLOP/s of a product; type 0 is float32, 1 is Q4_1. @param {{ m: number, k: number, n: number, type: number }} product */
  product({ m, k, n, type }) {
    kernels.prepare(m, n, k, type, true);
    return 2 * m * k * n / leastTime((times) => kernels.multiply(times));
  },
};
self.onmessage = async ({ data: [name, ...given] }) => {
  try {
    self.postMessage({ result: await requests[name](...given) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
