// The runs of before: their settings, curves and adapters, which of them are laid over the chart, and one that was cut off.
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef } from 'vue';
import { forgetRun, readRuns, writeRun } from '../data/keep.js';
import { ask } from '../engine/client.js';
import { shortened } from '../utils/names.js';
import { Series } from '../utils/series.js';

/**
 * @typedef {import('../workers/keptRuns.js').Kept} Kept
 * @typedef {import('../data/keep.js').RunRecord & { name: string, curve: Series, kept: Kept | null }} KeptRun
 */

/** What the package kept of a run that was cut off is newer than its record. @param {import('../data/keep.js').RunRecord} record @param {Kept} kept */
function keptCurve({ figures }, { losses, valLosses }) {
  const first = Number.isFinite(figures?.valFirst) ? [{ step: 0, loss: figures.valFirst }] : [];
  return Series.from({ steps: losses.map(({ step }) => step), losses: losses.map(({ loss }) => loss), validations: [...first, ...valLosses] });
}

/** @param {import('../data/keep.js').RunRecord} record @param {Kept} [kept] @returns {KeptRun} */
function shownAs(record, kept) {
  const { settings: s, corpus, mode, series } = record, cut = record.state === 'open';
  const curve = cut && kept ? keptCurve(record, kept) : series ? Series.from(series) : new Series();
  const name = `${shortened(corpus.replace(/\.[a-z]+$/, ''))} ${mode === 'full' ? 'full' : `r${s.rank}`} ${s.steps}`;
  return { ...record, state: cut && kept?.complete ? 'done' : record.state, name, curve: markRaw(curve), kept: kept ?? null };
}

export const useRuns = defineStore('runs', () => {
  /** @type {import('vue').ShallowRef<KeptRun[]>} */
  const runs = shallowRef([]);
  /** @type {import('vue').Ref<string[]>} */
  const shown = ref([]);
  /** @type {import('vue').Ref<string | null>} the run that this tab trains */
  const ours = ref(null);
  const overlaid = computed(() => runs.value.filter(({ id }) => shown.value.includes(id)));
  /** Of another tab. @param {KeptRun} run */
  const isElsewhere = ({ id, kept }) => id !== ours.value && Boolean(kept?.open);
  /** Can be gone on with. @param {KeptRun} run */
  const isCut = (run) => run.state === 'open' && run.id !== ours.value && run.kept !== null && !isElsewhere(run);
  const interrupted = computed(() => runs.value.find(isCut) ?? null);
  /** @type {Set<string>} runs of other tabs, whose end is waited for */
  const watched = new Set();

  async function refresh() {
    const records = await readRuns();
    const kept = records.length ? await ask('keptRuns') : {};
    runs.value = records.map((record) => shownAs(record, kept[record.id]));
    for (const { id } of runs.value.filter(isElsewhere)) {
      if (watched.has(id)) continue;
      watched.add(id);
      ask('runClosed', id).then(() => {
        watched.delete(id);
        return refresh();
      });
    }
  }

  /** At the page's start: what was cut off before anything of it was kept is no run. */
  async function begin() {
    await refresh();
    const nothing = runs.value.filter(({ state, kept }) => state === 'open' && !kept);
    await Promise.all(nothing.map(({ id }) => forgetRun(id)));
    if (nothing.length) await refresh();
  }

  /** @param {import('../data/keep.js').RunRecord} record */
  async function keep(record) {
    await writeRun(record);
    await refresh();
  }

  /** @param {string} id */
  async function remove(id) {
    shown.value = shown.value.filter((other) => other !== id);
    await ask('removeRun', id);
    await forgetRun(id);
    await refresh();
  }

  return { runs, shown, ours, overlaid, interrupted, isElsewhere, isCut, begin, refresh, keep, remove };
});
