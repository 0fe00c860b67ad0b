// The worker: holds the engine's module and answers the messages of protocol.js.
import { detailsOf } from './errors.js';
import { KeptRuns } from './kept-runs.js';
import { load } from './load.js';
import { holdLock } from './locks.js';
import { EngineModule } from './module.js';

/** @type {EngineModule} */
let engine;
/** @type {KeptRuns} */
let runs;
/** @type {Map<number, AbortController>} */
const underWay = new Map();

const kinds = {
  /** @param {{ wasm: ArrayBuffer, threads: number, life: string }} body `life`: a lock that this worker holds as long as it lives */
  async start({ wasm, threads, life }) {
    await holdLock(life, 'the engine');
    engine = await EngineModule.start(wasm, threads);
    runs = new KeptRuns(engine);
    return {};
  },

  /** @param {any} body @param {AbortSignal} signal @param {(progress: any) => void} tell */
  load: (body, signal, tell) => load(engine, body, signal, tell),

  /** @param {any} body */
  begin_run: (body) => runs.begin(body),
  /** @param {any} body */
  resume_run: (body) => runs.resume(body),
  /** @param {any} body */
  keep_run: (body) => runs.keep(body),
  /** @param {any} body */
  end_run: (body) => runs.end(body),

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

/** @param {any} message @param {(reply: import('./protocol.js').FromWorker, transfer?: any[]) => void} send */
async function handle(message, send) {
  const { id } = message;
  if (message.cancel) return underWay.get(id)?.abort();
  const controller = new AbortController();
  const post = (/** @type {any} */ reply, /** @type {any[]} */ transfer = []) => send({ id, memoryBytes: engine?.memoryBytes ?? 0, ...reply }, transfer);
  underWay.set(id, controller);
  try {
    const kind = kinds[/** @type {keyof typeof kinds} */ (message.kind)];
    const result = await kind(message.body, controller.signal, (progress) => post({ progress }));
    post({ result }, 'taken' in result ? result.taken.flat() : []);
  } catch (error) {
    post({ error: detailsOf(error), ...(engine?.broken && { broken: detailsOf(engine.broken) }) });
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
