// The adapters that can answer: the one in training, those trained before, those dropped in.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { ask } from '../engine/client.js';

/** @typedef {{ id: string, name: string, origin: 'live' | 'run' | 'file' }} AdapterEntry */

export const useAdapters = defineStore('adapters', () => {
  /** @type {import('vue').ShallowRef<AdapterEntry[]>} */
  const entries = shallowRef([]);
  /** @type {import('vue').Ref<string | null>} */
  const chosen = ref(null);
  const strength = ref(1);
  /** @type {import('vue').ShallowRef<any>} a problem of the engine, or of the page itself, as ProblemNote shows it */
  const problem = shallowRef(null);

  const current = computed(() => entries.value.find(({ id }) => id === chosen.value) ?? null);

  /** @param {AdapterEntry} entry */
  function add(entry) {
    entries.value = [entry, ...entries.value.filter(({ id }) => id !== entry.id)];
    chosen.value = entry.id;
  }
  /** @param {string} id */
  function remove(id) {
    entries.value = entries.value.filter((entry) => entry.id !== id);
    if (chosen.value === id) chosen.value = entries.value[0]?.id ?? null;
  }

  const beginLive = () => add({ id: 'live', name: '', origin: 'live' });
  /** @param {{ id: string, name: string } | null} kept */
  function endLive(kept) {
    const answering = chosen.value === 'live';
    const before = chosen.value;
    remove('live');
    if (!kept) return;
    add({ ...kept, origin: 'run' });
    if (!answering) chosen.value = before;
  }

  /** @param {File[]} files an adapter's file, or the two of a PEFT folder @param {string | null} [folder] its name */
  async function addFiles(files, folder = null) {
    problem.value = null;
    try {
      const id = `file-${Date.now().toString(36)}`;
      await ask('addFile', id, files);
      add({ id, name: folder ?? files[0].name, origin: 'file' });
      return true;
    } catch (error) {
      problem.value = /** @type {any} */ (error).problem ?? { code: 'corrupt', message: /** @type {Error} */ (error).message, file: files[0]?.name };
      return false;
    }
  }

  return { entries, chosen, current, strength, problem, add, remove, beginLive, endLive, addFiles };
});
