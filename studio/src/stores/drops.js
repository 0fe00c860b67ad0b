// Files that are dropped onto the page: an adapter, a model or a corpus, by their names.
import { defineStore } from 'pinia';
import { ENDINGS } from '../data/datasetLoader.js';
import { useAdapters } from './adapters.js';
import { useChat } from './chat.js';
import { useCorpus } from './corpus.js';
import { useEngine } from './engine.js';
import { useTraining } from './training.js';
import { useWindows } from './windows.js';

const ADAPTER_MOST = 64 * 2 ** 20;

/** What a dropped file is: a GGUF file may be a model or an adapter, and models are large. @param {File} file */
export function kindOf({ name, size }) {
  const lower = name.toLowerCase();
  if (ENDINGS.some((ending) => lower.endsWith(ending))) return 'corpus';
  if (lower.endsWith('.gguf') && size > ADAPTER_MOST) return 'model';
  return 'adapter';
}

export const useDrops = defineStore('drops', () => {
  /** @param {File[]} files */
  async function take(files) {
    const [file] = files;
    const kind = kindOf(file);
    if (kind === 'adapter') {
      if (await useAdapters().addFiles(files)) useChat().side = 'lora';
    } else if (useTraining().active) return;
    else if (kind === 'model') await useEngine().load({ title: file.name.replace(/\.gguf$/i, ''), detail: '', source: file, bytes: file.size });
    else {
      await useCorpus().useFile(file);
      useWindows().show('corpus');
    }
  }
  return { take };
});
