// What differs between Node and browsers: how a worker is made, and how the module's bytes are read.
import { LabError } from './errors.js';

/**
 * @typedef {object} EngineWorker
 * @property {(message: any, transfer?: any[]) => void} post
 * @property {() => void} end
 */

const inNode = typeof process === 'object' && Boolean(process.versions?.node);
const script = new URL('./worker.js', import.meta.url);

/** @param {(message: any) => void} onMessage @param {(reason: LabError) => void} onFailure @returns {Promise<EngineWorker>} */
export async function startWorker(onMessage, onFailure) {
  const failed = (/** @type {any} */ error) => onFailure(new LabError({ code: 'io', message: `the engine's worker failed: ${error?.message ?? error}`, remedy: 'Create another engine.' }));
  if (inNode) {
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(script, { execArgv: [] });  // options as --input-type are the program's own
    worker.on('error', failed);
    // A program may end while its engine has nothing to do, but not before a request is answered.
    let waiting = 0;
    worker.unref();
    worker.on('message', (message) => {
      if (!('progress' in message) && --waiting === 0) worker.unref();
      onMessage(message);
    });
    return {
      post(message, transfer = []) {
        if (!message.cancel && ++waiting === 1) worker.ref();
        worker.postMessage(message, transfer);
      },
      end: () => void worker.terminate(),
    };
  }
  // Written out once more, because bundlers look for just this.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = failed;
  return { post: (message, transfer = []) => worker.postMessage(message, transfer), end: () => worker.terminate() };
}

/** Are there the instructions of relaxed SIMD? The module's one function uses f32x4.relaxed_madd. */
export const hasRelaxedSimd = () => WebAssembly.validate(new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11]));

// Each is written out, because bundlers look for just this.
const modules = {
  plain: new URL('../wasm/loralab.wasm', import.meta.url),
  relaxed: new URL('../wasm/loralab.relaxed.wasm', import.meta.url),
  plainThreads: new URL('../wasm/loralab.threads.wasm', import.meta.url),
  relaxedThreads: new URL('../wasm/loralab.relaxed.threads.wasm', import.meta.url),
};

/** @param {{ shared: boolean, relaxed: boolean }} flavour @returns {Promise<ArrayBuffer>} the engine's module */
export async function readModule({ shared, relaxed }) {
  const url = modules[`${relaxed ? 'relaxed' : 'plain'}${shared ? 'Threads' : ''}`];
  if (inNode) {
    const { readFile } = await import('node:fs/promises');
    const bytes = await readFile(url);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
  const response = await fetch(url);
  if (!response.ok) throw new LabError({ code: 'not_found', message: `the engine's module is not there: ${response.status}`, file: url.href });
  return response.arrayBuffer();
}
