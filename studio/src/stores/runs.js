// The runs of before: their settings, curves and adapters, which of them are laid over the chart, and one that was cut off.
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef } from 'vue';
import { forget, read, readRuns, write } from '../data/keep.js';
import { ask } from '../engine/client.js';
import { Series } from '../utils/series.js';

/** @typedef {import('../data/keep.js').RunRecord & { name: string, curve: Series }} KeptRun */

/** @param {import('../data/keep.js').RunRecord} record @returns {KeptRun} */
function shownAs(record) {
  const { settings: s, corpus, mode } = record;
  return { ...record, name: `${corpus.replace(/\.[a-z]+$/, '')} ${mode === 'full' ? 'full' : `r${s.rank}`} ${s.steps}`, curve: markRaw(record.series ? Series.from(record.series) : new Series()) };
}

export const useRuns = defineStore('runs', () => {
  /** @type {import('vue').ShallowRef<KeptRun[]>} */
  const runs = shallowRef([]);
  /** @type {import('vue').Ref<string[]>} */
  const shown = ref([]);
  /** @type {import('vue').ShallowRef<(KeptRun & { checkpointStep: number }) | null>} */
  const interrupted = shallowRef(null);
  const overlaid = computed(() => runs.value.filter(({ id }) => shown.value.includes(id)));

  async function refresh() {
    runs.value = (await readRuns()).map(shownAs);
  }

  /** At the page's start: is there a run that was cut off? */
  async function begin() {
    await refresh();
    for (const run of runs.value.filter(({ state }) => state === 'open')) {
      const checkpoint = await read('checkpoints', run.id);
      if (checkpoint) interrupted.value = { ...run, checkpointStep: checkpoint.step };
      else await forget(run.id);
    }
    await refresh();
  }

  /** @param {import('../data/keep.js').RunRecord} record */
  async function keep(record) {
    await write({ runs: record });
    await refresh();
  }

  /** @param {string} id */
  async function remove(id) {
    shown.value = shown.value.filter((other) => other !== id);
    if (interrupted.value?.id === id) interrupted.value = null;
    await Promise.all([forget(id), ask('removeAdapter', id)]);
    await refresh();
  }

  /** The run's adapter, for the worker. @param {string} id */
  async function handOver(id) {
    const kept = await read('adapters', id);
    if (!kept) return false;
    await ask('addAdapter', id, { weights: kept.weights, config: kept.config });
    return true;
  }

  return { runs, shown, overlaid, interrupted, begin, refresh, keep, remove, handOver };
});
