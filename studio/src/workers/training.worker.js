// The worker behind the page: holds the engine, so that nothing of it ever runs on the page's thread.
import '../engine/trustedTypes.js';
import { Lab } from './lab.js';
import { serveCalls } from './rpc.js';

const scope = /** @type {any} */ (self);
let memoryBytes = 0;
function tellMemory() {
  if (lab.memoryBytes !== memoryBytes) scope.postMessage({ event: 'memory', bytes: memoryBytes = lab.memoryBytes });
}
const lab = new Lab((event, body) => {
  scope.postMessage({ event, ...body });
  tellMemory();
});

/** @type {Record<string, (...args: any[]) => any>} */
const methods = {
  start: (options) => lab.start(options),
  loadModel: (choice) => lab.loadModel(choice),
  keptModels: () => lab.keptModels(),
  removeKept: (name) => lab.removeKept(name),
  cancelLoad: () => lab.cancelLoad(),
  readCorpus: (corpus) => lab.readCorpus(corpus),
  readKeptCorpus: (id) => lab.readKeptCorpus(id),
  describeCorpus: (request) => lab.describeCorpus(request),
  plan: (request) => lab.plan(request),
  chat: (request) => lab.answering.chat(request),
  stop: () => lab.answering.stop(),
  train: (request) => lab.training.start(request),
  pause: () => lab.training.pause(),
  resume: () => lab.training.resume(),
  abort: (request) => lab.training.abort(request),
  addFile: (id, files) => lab.adapters.addFile(id, files),
  keptRuns: () => lab.runs.list(),
  runClosed: (id) => lab.runs.closed(id),
  removeRun: (id) => lab.runs.remove(id),
  checkGradient: () => lab.checkGradient(),
  exportAdapter: (id, format) => lab.adapters.export(id, format),
};

serveCalls(Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, async (...args) => {
  try {
    return await method(...args);
  } finally {
    tellMemory();
  }
}])), scope);
