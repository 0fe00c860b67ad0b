// The worker: holds the engine's module and answers the messages of protocol.js.
import { LabError, detailsOf, throwIfAborted } from './errors.js';
import { openFiles } from './folder.js';
import { EngineModule } from './module.js';

/** @type {EngineModule} */
let engine;
/** @type {Map<number, AbortController>} */
const underWay = new Map();
let folders = 0;

/**
 * Reads one file into the module's memory, where it is a file of that name from then on.
 * @param {import('./source.js').OpenSource} source @param {string} path @param {AbortSignal} signal @param {(loaded: number) => void} tell
 */
async function read({ name, size, pieces }, path, signal, tell) {
  const address = engine.reserve(size);
  let loaded = 0;
  try {
    for await (const piece of pieces) {
      throwIfAborted(signal);
      if (loaded + piece.length > size) break;
      engine.write(address + loaded, piece);
      loaded += piece.length;
      tell(loaded);
    }
    throwIfAborted(signal);
    if (loaded !== size) throw new LabError({ code: 'truncated', message: `the source gave ${loaded} bytes of ${size}`, file: name });
  } catch (error) {
    engine.release(address);
    throw error;
  }
  engine.keepFile(path, address, size);
}

const kinds = {
  /** @param {{ wasm: ArrayBuffer, threads: number }} body */
  async start({ wasm, threads }) {
    engine = await EngineModule.start(wasm, threads);
    return {};
  },

  /**
   * Reads a file or the files of a folder into the module's memory and opens them as `open` says.
   * @param {{ source: any, open: 'open_model' | 'open_tokenizer' | 'inspect' }} body @param {AbortSignal} signal @param {(progress: object) => void} tell
   */
  async load({ source, open }, signal, tell) {
    const { folder, files } = await openFiles(source, signal);
    const path = folder === undefined ? files[0].name : `models/${++folders}`;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const paths = [];
    let before = 0;
    try {
      for (const file of files) {
        const name = folder === undefined ? path : `${path}/${file.name}`;
        await read(await file.open(), name, signal, (loaded) => tell({ loaded: before + loaded, total }));
        paths.push(name);
        before += file.size;
      }
      const answer = { ...engine.call({ do: open, path }), memoryBytes: engine.memoryBytes };
      // An opened model's bytes stay, and so do the names in its folder, until it is closed.
      if (open === 'open_model' && folder !== undefined) paths.length = 0;
      return answer;
    } finally {
      for (const name of paths) engine.dropFile(name);
    }
  },

  /** @param {import('./protocol.js').CallBody} body */
  async call({ request, files = [], take = [] }) {
    for (const { path, bytes } of files) engine.putFile(path, new Uint8Array(bytes));
    try {
      const answer = engine.call(request);
      return { answer, taken: take.map((path) => engine.written.take(path)) };
    } finally {
      engine.written.clear();
      for (const { path } of files) engine.dropFile(path);
    }
  },
};

/** @param {any} message @param {(reply: import('./protocol.js').FromWorker, transfer?: any[]) => void} post */
async function handle(message, post) {
  const { id } = message;
  if (message.cancel) return underWay.get(id)?.abort();
  const controller = new AbortController();
  underWay.set(id, controller);
  try {
    const kind = kinds[/** @type {keyof typeof kinds} */ (message.kind)];
    const result = await kind(message.body, controller.signal, (progress) => post({ id, progress: /** @type {any} */ (progress) }));
    post({ id, result }, 'taken' in result ? result.taken.flat() : []);
  } catch (error) {
    post({ id, error: detailsOf(error) });
  } finally {
    underWay.delete(id);
  }
}

if ('WorkerGlobalScope' in globalThis) {
  self.onmessage = ({ data }) => handle(data, (reply, transfer = []) => self.postMessage(reply, { transfer }));
} else {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  parentPort?.on('message', (data) => handle(data, (reply, transfer = []) => parentPort.postMessage(reply, transfer)));
}
