// The corpus: what is to be learnt, where it came from, and what the engine says of it.
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { CorpusProblem, loadFile, loadPaste, loadSample } from '../data/datasetLoader.js';
import { ask } from '../engine/client.js';

export const useCorpus = defineStore('corpus', () => {
  /** @type {import('vue').ShallowRef<{ name: string, bytes: number, origin: string, question: string } | null>} */
  const corpus = shallowRef(null);
  /** @type {import('vue').ShallowRef<any>} a problem of the engine, or of the file itself */
  const problem = shallowRef(null);
  const busy = ref(false);

  /** @param {() => Promise<import('../data/datasetLoader.js').Corpus> | import('../data/datasetLoader.js').Corpus} load */
  async function take(load) {
    problem.value = null;
    busy.value = true;
    try {
      const { name, bytes, origin, question = '' } = await load();
      const size = bytes.byteLength;
      await ask('readCorpus', { name, bytes });
      corpus.value = { name, bytes: size, origin, question };
      return true;
    } catch (error) {
      problem.value = error instanceof CorpusProblem ? { own: error.code, file: error.file } : /** @type {any} */ (error).problem ?? { code: 'io', message: String(error) };
      return false;
    } finally {
      busy.value = false;
    }
  }

  const useSample = (/** @type {string} */ id) => take(() => loadSample(id));
  const useFile = (/** @type {File} */ file) => take(() => loadFile(file));
  const usePaste = (/** @type {string} */ text, /** @type {string} */ stem) => take(() => loadPaste(text, stem));
  return { corpus, problem, busy, useSample, useFile, usePaste };
});
