// The worker behind the page: holds the engine, so that nothing of it ever runs on the page's thread.
import '../engine/trustedTypes.js';
import { Lab } from './lab.js';
import { serveCalls } from './rpc.js';

const scope = /** @type {any} */ (self);
const lab = new Lab((event, body) => scope.postMessage({ event, ...body }));

serveCalls({
  start: (options) => lab.start(options),
  loadModel: (source) => lab.loadModel(source),
  cachedModels: () => lab.cachedModels(),
  removeCached: (name) => lab.removeCached(name),
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
  addFile: (file) => lab.adapters.addFile(file),
  addAdapter: (id, kept) => lab.adapters.add(id, kept),
  removeAdapter: (id) => lab.adapters.remove(id),
  memory: () => lab.memory(),
  checkGradient: () => lab.checkGradient(),
  exportAdapter: (id, format) => lab.adapters.export(id, format),
}, scope);
