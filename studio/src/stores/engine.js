// The engine and its model: whether they are there, how far a load is, what the device has.
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowRef } from 'vue';
import { ask, on } from '../engine/client.js';
import { i18n } from '../i18n.js';
import { detectHardware, storageUse } from '../utils/hwDetect.js';

/** Models that are offered by name. */
export const KNOWN_MODELS = [
  { id: 'smollm2-135m', title: 'SmolLM2 135M', detail: 'Instruct, Q4_1', bytes: 98362432, licence: 'Apache-2.0', source: 'smollm2-135m' },
];

/**
 * @typedef {{ title: string, detail: string, source: string | File | File[], bytes?: number }} ModelChoice
 * @typedef {import('../workers/lab.js').KeptModel} KeptModel
 */
/** Less than this is no model. */
const NOTHING_KEPT = 1e5;

export const useEngine = defineStore('engine', () => {
  /** @type {import('vue').Ref<'off' | 'ready' | 'failed'>} */
  const status = ref('off');
  const threads = ref(0), relaxed = ref(false);
  /** @type {import('vue').ShallowRef<import('../utils/hwDetect.js').Hardware | null>} */
  const hardware = shallowRef(null);
  const storage = ref({ usage: 0, quota: 0 });
  /** @type {import('vue').ShallowRef<any>} a problem of the engine, or of the page itself, as ProblemNote shows it */
  const problem = shallowRef(null);
  /** @type {{ status: 'none' | 'loading' | 'ready', title: string, detail: string, source: any, info: any, loaded: number, total: number, from?: 'network' | 'cache', since: number }} */
  const model = reactive({ status: 'none', title: '', detail: '', source: null, info: null, loaded: 0, total: 0, since: 0 });
  /** What the engine's memory has grown to. */
  const memoryBytes = ref(0);

  on('loading', ({ loaded, total, from }) => Object.assign(model, { loaded, total, from }));
  on('kept', () => measureStorage());
  on('memory', ({ bytes }) => { memoryBytes.value = bytes; });
  on('failed', (message) => {
    status.value = 'failed';
    problem.value = message.problem;
  });

  /** @type {Promise<void> | undefined} */
  let starting;
  const start = () => (starting ??= begin());

  async function begin() {
    hardware.value = await detectHardware();
    const started = await ask('start', {});
    threads.value = started.threads;
    relaxed.value = started.relaxed;
    status.value = 'ready';
    await measureStorage();
  }

  /** @type {import('vue').ShallowRef<KeptModel[]>} */
  const kept = shallowRef([]);

  async function measureStorage() {
    storage.value = await storageUse();
    if (storage.value.usage > NOTHING_KEPT || kept.value.length) kept.value = await ask('keptModels');
  }

  /** @param {KeptModel} model */
  async function removeKept({ name }) {
    problem.value = null;
    await ask('removeKept', name).catch((error) => { problem.value = error.problem; });
    await measureStorage();
  }

  /** The model that was there before what is being loaded. */
  let before = { ...model };
  let choices = 0;

  /** @param {ModelChoice} choice */
  async function load({ title, detail, source, bytes = 0 }) {
    const mine = ++choices;
    if (model.status !== 'loading') before = { ...model };
    problem.value = null;
    if (Array.isArray(source) && !source.some(({ name }) => name === 'tokenizer.json')) return void (problem.value = { own: 'tokenizer', file: title });
    Object.assign(model, { status: 'loading', title, detail, loaded: 0, total: bytes, since: performance.now() });
    try {
      if (status.value !== 'ready') await start();
      const { info, source: again } = await ask('loadModel', { title, detail, source });
      if (mine !== choices) return;
      Object.assign(model, { status: 'ready', info, source: again });
    } catch (error) {
      const { problem: why } = /** @type {import('../workers/rpc.js').LabProblem} */ (error);
      // Another model was chosen meanwhile.
      if (mine !== choices) return;
      Object.assign(model, before.status === 'ready' ? before : { status: 'none' });
      if (why?.code !== 'interrupted') problem.value = why ?? { code: 'io', message: String(error) };
    }
    await measureStorage();
  }

  /** Files of this device as a choice. @param {File[]} files @param {string | null} folder they lie in @returns {ModelChoice} */
  function choiceOf(files, folder) {
    const single = files.length === 1 && folder === null, [{ name }] = files;
    const title = folder ?? (single ? name.replace(/\.(gguf|safetensors)$/i, '') : i18n.global.t('model.severalFiles'));
    return { title, detail: i18n.global.t(single ? 'model.fromFile' : 'model.fromFolder'), source: single ? files[0] : files, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  }

  const cancelLoad = () => ask('cancelLoad');
  const ready = computed(() => model.status === 'ready');
  return { status, threads, relaxed, hardware, storage, problem, model, memoryBytes, ready, kept, removeKept, choiceOf, start, load, cancelLoad, measureStorage };
});
