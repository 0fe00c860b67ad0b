// The plan: settings of the next run, and what they will cost as measured on this device.
import { defineStore } from 'pinia';
import { computed, reactive, ref, shallowRef, watch } from 'vue';
import { fromLink } from '../utils/settingsLink.js';
import { ask } from '../engine/client.js';

/** Defaults of the engine (docs/defaults.md), with fewer steps: a tab is slower than a program. */
export const DEFAULTS = Object.freeze({
  variant: 'lora', rank: 8, alpha: 16, targets: 'all-linear', steps: 60, context: 256, batch: 1, lr: 0.002, schedule: 'cosine', warmup: 10,
  val_fraction: 0.1, eval_every: 20, seed: 0, loss_on_all: false,
});

/** Where every weight moves, each may move less far: on the sample, 40 steps at 0.0005 hold out 2.26, at 0.002 2.75. */
const FULL_LR = 0.0005;

/** @typedef {{ fits: boolean, reasons: string[], eta_s: number, tokens_per_s: number, peak_bytes: number, recompute: boolean, flops_per_token: number,
 *   steps: number, parameters: number, samples: number, tokens: number }} Plan */
/** @typedef {{ plan?: Plan, problem?: import('../workers/rpc.js').Problem }} Planned */

/** The same plan with another number of steps. @param {Planned} planned @param {number} steps @returns {Planned} */
function scaled({ plan, problem }, steps) {
  return { problem, plan: plan && { ...plan, steps, eta_s: (plan.eta_s * steps) / plan.steps } };
}

export const usePlan = defineStore('plan', () => {
  /** @type {Record<string, any>} */
  const settings = reactive({ ...DEFAULTS, ...fromLink(location.hash, DEFAULTS) });
  const extras = reactive({ sampleEvery: 20, checkpointEvery: 10 });
  /** @type {import('vue').Ref<'adapter' | 'full'>} */
  const mode = ref('adapter');
  watch(mode, (now) => {
    if (now === 'full' && settings.lr === DEFAULTS.lr) settings.lr = FULL_LR;
    else if (now === 'adapter' && settings.lr === FULL_LR) settings.lr = DEFAULTS.lr;
  });
  const measuring = ref(false);
  /** @type {import('vue').ShallowRef<{ key: string, adapter: Planned, full: Planned } | null>} */
  const planned = shallowRef(null);

  /** What a step's cost depends on; the rest only says how many and how far. */
  const key = computed(() => {
    const { steps, lr, schedule, warmup, seed, alpha, ...cost } = settings;
    return JSON.stringify(cost);
  });
  /** The plans of the settings as they are now; null if they were not measured. */
  const current = computed(() => {
    const measured = planned.value;
    if (measured?.key !== key.value) return null;
    return { adapter: scaled(measured.adapter, settings.steps), full: scaled(measured.full, settings.steps) };
  });
  const chosen = computed(() => current.value?.[mode.value].plan ?? null);

  /** As the engine takes them. @param {'adapter' | 'full'} which @returns {Record<string, any>} */
  const settingsOf = (which) => ({ ...settings, ...(which === 'full' && { variant: 'full' }) });

  /** @param {'adapter' | 'full'} which @returns {Promise<Planned>} */
  async function measureOne(which) {
    try {
      return { plan: await ask('plan', { mode: which, settings: settingsOf(which) }) };
    } catch (error) {
      return { problem: /** @type {any} */ (error).problem };
    }
  }

  /** Measures the settings as they are, and again if they change meanwhile. */
  async function measure() {
    if (measuring.value) return;
    measuring.value = true;
    try {
      for (let measured = ''; measured !== key.value;) {
        measured = key.value;
        const adapter = await measureOne('adapter');
        planned.value = { key: measured, adapter, full: {} };
        if (measured === key.value) planned.value = { key: measured, adapter, full: await measureOne('full') };
      }
    } finally {
      measuring.value = false;
    }
  }

  /** The plan of what would be trained now, measured if it was not. */
  async function make() {
    if (!chosen.value) planned.value = { key: key.value, adapter: {}, full: {}, [mode.value]: await measureOne(mode.value) };
    return chosen.value;
  }

  function forget() {
    planned.value = null;
  }

  const reset = () => Object.assign(settings, DEFAULTS, mode.value === 'full' && { lr: FULL_LR });
  return { settings, extras, mode, measuring, planned, current, chosen, settingsOf, measure, make, forget, reset };
});
