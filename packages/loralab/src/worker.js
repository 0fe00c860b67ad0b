// The worker: holds the engine's module and answers the messages of protocol.js.
import { LabError, detailsOf, throwIfAborted } from './errors.js';
import { EngineModule } from './module.js';
import { openSource } from './source.js';

/** @type {EngineModule} */
let engine;
/** @type {Map<number, AbortController>} */
const underWay = new Map();

const kinds = {
  /** @param {{ wasm: ArrayBuffer, threads: number }} body */
  async start({ wasm, threads }) {
    engine = await EngineModule.start(wasm, threads);
    return {};
  },

  /**
   * Reads a model into the module's memory, where it stays, and opens it.
   * @param {{ source: any }} body @param {AbortSignal} signal @param {(progress: object) => void} tell
   */
  async load({ source }, signal, tell) {
    const { name, size, pieces } = await openSource(source, signal);
    const address = engine.reserve(size);
    let loaded = 0;
    try {
      for await (const piece of pieces) {
        throwIfAborted(signal);
        if (loaded + piece.length > size) break;
        engine.write(address + loaded, piece);
        loaded += piece.length;
        tell({ loaded, total: size });
      }
      throwIfAborted(signal);
      if (loaded !== size) throw new LabError({ code: 'truncated', message: `the source gave ${loaded} bytes of ${size}`, file: name });
    } catch (error) {
      engine.release(address);
      throw error;
    }
    engine.keepFile(name, address, size);
    try {
      return { ...engine.call({ do: 'open_model', path: name }), memoryBytes: engine.memoryBytes };
    } finally {
      engine.dropFile(name);  // the opened model still holds its bytes
    }
  },

  /** @param {{ request: object, files?: import('./protocol.js').FileBytes[], take?: string[] }} body */
  async call({ request, files = [], take = [] }) {
    for (const { path, bytes } of files) engine.putFile(path, new Uint8Array(bytes));
    try {
      const answer = engine.call(request);
      return { answer, taken: take.map((path) => engine.takeFile(path)) };
    } finally {
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
    post({ id, result }, 'taken' in result ? result.taken : []);
  } catch (error) {
    post({ id, error: detailsOf(error) });
  } finally {
    underWay.delete(id);
  }
}

if (typeof WorkerGlobalScope !== 'undefined') {
  self.onmessage = ({ data }) => handle(data, (reply, transfer = []) => self.postMessage(reply, { transfer }));
} else {
  const { parentPort } = await import('node:worker_threads');
  parentPort?.on('message', (data) => handle(data, (reply, transfer = []) => parentPort.postMessage(reply, transfer)));
}
