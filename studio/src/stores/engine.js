// The engine and its model: whether they are there, how far a load is, what the device has.
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowRef } from 'vue';
import { ask, on } from '../engine/client.js';
import { detectHardware, storageUse } from '../utils/hwDetect.js';

/** Models that are offered by name. */
export const KNOWN_MODELS = [
  { id: 'smollm2-135m', title: 'SmolLM2 135M', detail: 'Instruct, Q4_1', bytes: 98362432, licence: 'Apache-2.0', source: 'smollm2-135m' },
];

/** @typedef {{ title: string, detail: string, source: string | File, bytes?: number }} ModelChoice */

export const useEngine = defineStore('engine', () => {
  /** @type {import('vue').Ref<'off' | 'ready' | 'failed'>} */
  const status = ref('off');
  const threads = ref(0), relaxed = ref(false);
  /** @type {import('vue').ShallowRef<import('../utils/hwDetect.js').Hardware | null>} */
  const hardware = shallowRef(null);
  const storage = ref({ usage: 0, quota: 0 });
  /** @type {import('vue').ShallowRef<import('../workers/rpc.js').Problem | null>} */
  const problem = shallowRef(null);
  /** @type {{ status: 'none' | 'loading' | 'ready', title: string, detail: string, source: any, info: any, loaded: number, total: number, from?: 'network' | 'cache', since: number }} */
  const model = reactive({ status: 'none', title: '', detail: '', source: null, info: null, loaded: 0, total: 0, since: 0 });
  /** What the engine's memory has grown to. */
  const memoryBytes = ref(0);

  on('loading', ({ loaded, total, from }) => Object.assign(model, { loaded, total, from }));
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

  /** @type {import('vue').ShallowRef<{ name: string, file: string, url: string, bytes: number, storedBytes: number, complete: boolean }[]>} */
  const cached = shallowRef([]);

  async function measureStorage() {
    storage.value = await storageUse();
    if (status.value === 'ready') cached.value = await ask('cachedModels');
  }

  /** @param {string} name */
  async function removeCached(name) {
    await ask('removeCached', name);
    await measureStorage();
  }

  /** @param {ModelChoice} choice */
  async function load({ title, detail, source, bytes = 0 }) {
    const before = { ...model };
    problem.value = null;
    Object.assign(model, { status: 'loading', title, detail, loaded: 0, total: bytes, since: performance.now() });
    try {
      if (status.value !== 'ready') await start();
      const { info } = await ask('loadModel', source);
      Object.assign(model, { status: 'ready', info, source: typeof source === 'string' ? source : null });
    } catch (error) {
      const { problem: why } = /** @type {import('../workers/rpc.js').LabProblem} */ (error);
      Object.assign(model, before.status === 'ready' ? before : { status: 'none' });
      if (why?.code !== 'interrupted') problem.value = why ?? { code: 'io', message: String(error) };
    }
    await measureStorage();
  }

  const cancelLoad = () => ask('cancelLoad');
  const ready = computed(() => model.status === 'ready');
  return { status, threads, relaxed, hardware, storage, problem, model, memoryBytes, ready, cached, removeCached, start, load, cancelLoad, measureStorage };
});
