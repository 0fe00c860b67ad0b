// Lab: the engine, its model and its corpus, and who works with them.
import { createEngine, LabError, ModelCache } from 'loralab';
import { Adapters } from './adapters.js';
import { Answering } from './answering.js';
import { FileModels, KEPT } from './fileModels.js';
import { KeptRuns } from './keptRuns.js';
import { Training } from './training.js';
import { Turns } from './turns.js';

/**
 * @typedef {(event: string, body: object) => void} Emit
 * @typedef {{ title: string, detail: string, source: string, name: string, bytes: number, storedBytes: number, complete: boolean }} KeptModel
 *   source: what it is loaded by; name: what it is removed by
 */

export class Lab {
  /** @type {import('loralab').Engine | undefined} */
  #engine;
  /** @type {import('loralab').Model | undefined} */
  #model;
  /** @type {AbortController | undefined} */
  #loading;
  /** @type {{ name: string, bytes: ArrayBuffer } | undefined} */
  #corpus;
  #files = new FileModels();

  /** @param {Emit} emit */
  constructor(emit) {
    this.emit = emit;
    this.turns = new Turns();
    this.adapters = new Adapters(this);
    this.answering = new Answering(this);
    this.training = new Training(this);
    this.runs = new KeptRuns(this);
  }

  get #started() {
    if (!this.#engine) throw new LabError({ code: 'not_found', message: 'the engine has not started' });
    return this.#engine;
  }

  get model() {
    if (!this.#model) throw new LabError({ code: 'not_found', message: 'no model is loaded' });
    return this.#model;
  }

  get corpus() {
    if (!this.#corpus) throw new LabError({ code: 'empty', message: 'there is no corpus yet' });
    return this.#corpus;
  }

  /** @param {{ threads?: number }} options */
  async start(options) {
    this.#engine = await createEngine({ modelsUrl: new URL('/models/', location.href).href, ...options });
    return { threads: this.#engine.threads, relaxed: this.#engine.relaxed, why: this.#engine.flavour };
  }

  /** @param {{ title: string, detail: string, source: string | File | File[] }} choice a known name, an address, files, or what was kept of them */
  async loadModel({ title, detail, source: given }) {
    // Only the last choice counts.
    this.cancelLoad();
    const { signal } = (this.#loading = new AbortController());
    const isKept = typeof given === 'string' && given.startsWith(KEPT);
    const source = isKept ? await this.#files.open(given.slice(KEPT.length)) : given;
    const onProgress = (/** @type {any} */ progress) => { if (!signal.aborted) this.emit('loading', progress); };
    const model = await this.#started.loadModel(source, { onProgress, signal });
    if (signal.aborted) {
      await model.dispose();
      throw new LabError({ code: 'interrupted', message: 'another model was chosen' });
    }
    await this.#model?.dispose();
    this.#model = model;
    this.adapters.forget();
    if (typeof given === 'string') return { info: model.info, source: given };
    // There may be no room for it; then it is only used.
    void this.#files.keep({ title, detail }, given).then(() => this.emit('kept', {}), () => {});
    return { info: model.info, source: KEPT + title };
  }

  cancelLoad() {
    this.#loading?.abort();
  }

  /** Takes a corpus, if the engine can read it. @param {{ name: string, bytes: ArrayBuffer }} corpus */
  async readCorpus(corpus) {
    const { samples = 0 } = await this.#started.inspect(new File([corpus.bytes], corpus.name));
    this.#corpus = corpus;
    return { samples };
  }

  /** @param {string} id of the run that it was kept for */
  async readKeptCorpus(id) {
    this.#corpus = await this.runs.corpus(id);
    return { name: this.#corpus.name, bytes: this.#corpus.bytes.byteLength };
  }

  /** What the corpus becomes with these settings: figures, and the first documents. @param {{ settings: Record<string, any> }} request */
  describeCorpus({ settings }) {
    const { name, bytes } = this.corpus;
    return this.model.corpus({ corpus: bytes, name, previewDocuments: 12, previewTokens: 320, ...settings });
  }

  /** Measures with the real kernels, so nothing else may run meanwhile. @param {{ mode: 'adapter' | 'full', settings: object }} request */
  plan({ mode, settings }) {
    const { name, bytes } = this.corpus;
    return this.turns.take(() => this.model.plan({ corpus: bytes, name, mode, ...settings }));
  }

  /** The models that are kept on this device. @returns {Promise<KeptModel[]>} */
  async keptModels() {
    const [fetched, given] = await Promise.all([new ModelCache().list(), this.#files.list()]);
    return [
      // Known models have names of their own, others names with a mark of their address.
      ...fetched.map(({ name, file, url, bytes = 0, storedBytes, complete }) => ({ title: file.replace(/\.gguf$/i, ''), detail: '', source: name.includes('~') ? url : name, name, bytes, storedBytes, complete })),
      ...given.map(({ title, detail, bytes }) => ({ title, detail, source: KEPT + title, name: KEPT + title, bytes, storedBytes: bytes, complete: true })),
    ];
  }

  /** @param {string} name of keptModels() */
  removeKept(name) {
    return name.startsWith(KEPT) ? this.#files.remove(name.slice(KEPT.length)) : new ModelCache().remove(name);
  }

  /** What the engine's memory has grown to, which it never gives back. */
  get memoryBytes() {
    return this.#engine?.memoryBytes ?? 0;
  }

  /** Slopes of the loss by the gradient and by differences, told one by one. */
  checkGradient() {
    return this.turns.take(async () => {
      const ids = await this.model.tokenize('The tide turns at six, and the boats go out.');
      for await (const direction of this.model.checkGradient({ ids: [ids], directions: 4, adapter: null })) this.emit('direction', { direction });
    });
  }
}
