// What differs between Node and browsers: how a worker is made, and how the module's bytes are read.
import { LabError } from './errors.js';
import { KNOWN } from './models.js';

/**
 * @typedef {object} EngineWorker
 * @property {(message: any, transfer?: any[]) => void} post
 * @property {() => void} end
 */

const inNode = typeof process === 'object' && Boolean(process.versions?.node);

/** What URLs are relative to in a page, or in a worker that makes an engine. */
const base = () => (typeof document === 'object' ? document.baseURI : location.href);

/** A URL of a page, or of a worker that makes an engine, in full, as the engine's worker, which lies elsewhere, needs it. @param {string | URL} url */
export function absoluteUrl(url) {
  if (url instanceof URL) return url.href;
  return inNode || Object.hasOwn(KNOWN, url) ? url : new URL(url, base()).href;
}

/**
 * @param {(message: any) => void} onMessage @param {(reason: LabError) => void} onFailure
 * @param {string | URL} [url] of worker.js, if it is not the package's @returns {Promise<EngineWorker>}
 */
export async function startWorker(onMessage, onFailure, url) {
  const failed = (/** @type {any} */ error) => onFailure(new LabError({ code: 'io', message: `the engine's worker failed: ${error?.message ?? error}`, remedy: 'Create another engine.' }));
  if (inNode) {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(new URL(url ?? import.meta.resolve('./worker.js'), import.meta.url), { execArgv: [] });  // options as --input-type are the program's own
    worker.on('error', failed);
    worker.on('exit', (status) => failed(`it ended with status ${status}`));
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
  const worker = url === undefined ? new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) : new Worker(url, { type: 'module' });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = failed;
  return { post: (message, transfer = []) => worker.postMessage(message, transfer), end: () => worker.terminate() };
}

// Each is written out, because bundlers look for just this.
const modules = {
  plain: new URL('../wasm/loralab.wasm', import.meta.url),
  relaxed: new URL('../wasm/loralab.relaxed.wasm', import.meta.url),
  plainThreads: new URL('../wasm/loralab.threads.wasm', import.meta.url),
  relaxedThreads: new URL('../wasm/loralab.relaxed.threads.wasm', import.meta.url),
};

/** @param {string} path @returns {Promise<ArrayBuffer>} */
async function readFile(path) {
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  const bytes = await readFile(path).catch((error) => {
    throw new LabError({ code: error.code === 'ENOENT' ? 'not_found' : 'io', message: `the engine's module cannot be read: ${error.message}`, file: path });
  });
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

/**
 * @param {{ shared: boolean, relaxed: boolean }} flavour @param {string | URL} [place] a folder with the modules, or the one module
 * @returns {Promise<ArrayBuffer>} the engine's module
 */
export async function readModule({ shared, relaxed }, place) {
  let url = modules[`${relaxed ? 'relaxed' : 'plain'}${shared ? 'Threads' : ''}`];
  if (place !== undefined) {
    const given = new URL(place, inNode ? import.meta.url : base());
    url = given.href.endsWith('/') ? new URL(`loralab${relaxed ? '.relaxed' : ''}${shared ? '.threads' : ''}.wasm`, given) : given;
  }
  if (inNode && url.protocol === 'file:') return readFile(process.getBuiltinModule('node:url').fileURLToPath(url));
  const response = await fetch(url).catch((error) => {
    throw new LabError({ code: 'io', message: `the engine's module cannot be fetched: ${error.message}`, file: url.href });
  });
  if (!response.ok) throw new LabError({ code: 'not_found', message: `the engine's module is not there: ${response.status}`, file: url.href });
  return response.arrayBuffer();
}
