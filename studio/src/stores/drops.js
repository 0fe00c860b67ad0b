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

/** What dropped files are: a GGUF file may be a model or an adapter, and models are large. @param {{ name: string, size: number }[]} files */
export function kindOf(files) {
  const ends = (/** @type {string[]} */ ...endings) => files.find(({ name }) => endings.some((ending) => name.toLowerCase().endsWith(ending)));
  const gguf = ends('.gguf');
  if (ends('adapter_config.json')) return 'adapter';
  if (ends('config.json') || (gguf && gguf.size > ADAPTER_MOST)) return 'model';
  if (gguf || ends('.safetensors', '.zip')) return 'adapter';
  return ends(...ENDINGS) ? 'corpus' : 'unknown';
}

/** An adapter's files are one, or the two of a PEFT folder. @param {File[]} files */
const adapterFiles = (files) => files.filter(({ name }) => /(^|[/_-])adapter_(config\.json|model\.safetensors)$|\.(zip|gguf)$/i.test(name));

export const useDrops = defineStore('drops', () => {
  /** @param {File[]} files @param {string | null} [folder] that they lie in */
  async function take(files, folder = null) {
    const kind = kindOf(files), adapters = useAdapters(), engine = useEngine();
    const name = folder ?? files[0]?.name ?? '';
    if (kind === 'unknown') adapters.problem = { own: 'kind', file: name };
    else if (kind === 'adapter') {
      const parts = adapterFiles(files);
      if (await adapters.addFiles(parts.length ? parts : files, folder)) useChat().side = 'lora';
    } else if (useTraining().active) adapters.problem = { own: 'busy', file: name };
    else if (kind === 'model') await engine.load(engine.choiceOf(files, folder));
    else {
      await useCorpus().useFile(/** @type {File} */ (files.find((file) => ENDINGS.some((ending) => file.name.toLowerCase().endsWith(ending)))));
      useWindows().show('corpus');
    }
  }
  return { take };
});
