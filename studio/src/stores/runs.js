// The runs of before: their settings, curves and adapters, and which of them are laid over the chart.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';

/** @typedef {{ id: string, name: string, series: import('../utils/series.js').Series, [key: string]: any }} KeptRun */

export const useRuns = defineStore('runs', () => {
  /** @type {import('vue').ShallowRef<KeptRun[]>} */
  const runs = shallowRef([]);
  /** @type {import('vue').Ref<string[]>} */
  const shown = ref([]);
  const overlaid = computed(() => runs.value.filter(({ id }) => shown.value.includes(id)));
  return { runs, shown, overlaid };
});
