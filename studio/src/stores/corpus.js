// The corpus: what is to be learnt, where it came from, and what the engine makes of it.
import { watchDebounced } from '@vueuse/core';
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { CorpusProblem, loadFile, loadPaste, loadSample, questionOf } from '../data/datasetLoader.js';
import { ask } from '../engine/client.js';
import { useEngine } from './engine.js';
import { usePlan } from './plan.js';

export const useCorpus = defineStore('corpus', () => {
  const engine = useEngine(), plan = usePlan();
  /** @type {import('vue').ShallowRef<{ name: string, bytes: number, question: string } | null>} */
  const corpus = shallowRef(null);
  /** @type {import('vue').ShallowRef<any>} what model.corpus() of loralab says: figures and the first documents */
  const report = shallowRef(null);
  /** @type {import('vue').ShallowRef<any>} a problem of the engine, or of the file itself */
  const problem = shallowRef(null);
  const busy = ref(false);

  /** @param {unknown} error */
  function refuse(error) {
    problem.value = error instanceof CorpusProblem ? { own: error.code, file: error.file } : /** @type {any} */ (error).problem ?? { code: 'io', message: String(error) };
  }

  /** @param {() => Promise<{ name: string, bytes: number, question: string }>} load */
  async function take(load) {
    problem.value = null;
    busy.value = true;
    try {
      await engine.start();
      corpus.value = await load();
      report.value = null;
      plan.forget();
      await describe();
      return true;
    } catch (error) {
      refuse(error);
      return false;
    } finally {
      busy.value = false;
    }
  }

  /** @param {() => Promise<import('../data/datasetLoader.js').Corpus> | import('../data/datasetLoader.js').Corpus} load */
  const takeNew = (load) => take(async () => {
    const { name, bytes, question = '' } = await load();
    const size = bytes.byteLength;
    await ask('readCorpus', { name, bytes });
    return { name, question, bytes: size };
  });

  /** Counts its tokens and marks what is learnt; that needs the model's tokenizer. */
  async function describe() {
    if (!engine.ready || !corpus.value) return;
    const { context, loss_on_all, val_fraction } = plan.settings;
    report.value = await ask('describeCorpus', { settings: { context, loss_on_all, val_fraction } });
  }
  watchDebounced(() => [engine.model.info, plan.settings.context, plan.settings.loss_on_all, plan.settings.val_fraction], () => describe().catch(refuse), { debounce: 300 });

  const useSample = (/** @type {string} */ id) => takeNew(() => loadSample(id));
  const useFile = (/** @type {File} */ file) => takeNew(() => loadFile(file));
  const usePaste = (/** @type {string} */ text, /** @type {string} */ stem) => takeNew(() => loadPaste(text, stem));
  /** The corpus of a run that was cut off. @param {string} run */
  const useKept = (run) => take(async () => {
    const { name, bytes } = await ask('readKeptCorpus', run);
    return { name, bytes, question: questionOf(name) };
  });
  return { corpus, report, problem, busy, useSample, useFile, usePaste, useKept };
});
