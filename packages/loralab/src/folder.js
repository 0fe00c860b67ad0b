// A model as a file or as a Hugging Face folder: several Files, or in Node a path to a directory.
import { LabError } from './errors.js';
import { openSource } from './source.js';

/**
 * @typedef {import('./source.js').OpenSource} OpenSource
 * @typedef {import('./source.js').ModelSource | File[]} Source
 * @typedef {Exclude<Source, URL>} SentSource what of it can be sent to the worker
 * @typedef {{ name: string, size: number, open: () => Promise<OpenSource> }} Part
 */

const COMPANIONS = new Set(['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json',
  'chat_template.jinja', 'chat_template.json', 'vocab.json', 'merges.txt', 'model.safetensors.index.json']);
const inNode = typeof process === 'object' && Boolean(process.versions?.node);

/** Of the names in a folder, those that belong to a model. @param {string[]} names */
function partsOf(names) {
  const weights = names.includes('model.safetensors') ? ['model.safetensors'] : names.filter((name) => name.endsWith('.safetensors'));
  return new Set([...weights, ...names.filter((name) => COMPANIONS.has(name))]);
}

/** @param {any[]} list @param {AbortSignal} signal */
function openList(list, signal) {
  for (const file of list)
    if (!(file instanceof Blob && 'name' in file)) throw new LabError({ code: 'bad_argument', message: 'the files of a model are not a list of Files', field: 'source', remedy: 'Give the Files of a Hugging Face folder, or one GGUF file.' });
  const wanted = partsOf(list.map(({ name }) => name));
  return list.filter(({ name }) => wanted.has(name)).map((file) => ({ name: file.name, size: file.size, open: () => openSource(file, signal) }));
}

/** @param {string} path @param {AbortSignal} signal @returns {Promise<Part[] | undefined>} undefined where it is no folder */
async function openDirectory(path, signal) {
  const [{ readdir, stat }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return undefined;
  const parts = [];
  for (const name of partsOf(await readdir(path)))
    parts.push({ name, size: (await stat(join(path, name))).size, open: () => openSource(join(path, name), signal) });
  return parts;
}

/** @param {string} source */
const pathOf = async (source) => (source.startsWith('file:') ? (await import('node:url')).fileURLToPath(source) : source);

/**
 * @param {SentSource} source @param {AbortSignal} signal
 * @returns {Promise<{ folder?: true, files: Part[] }>} with `folder`, files that lie in one
 */
export async function openFiles(source, signal) {
  const isFile = Array.isArray(source) && source.length === 1 && !partsOf([source[0].name]).size;
  const parts = Array.isArray(source) && !isFile ? openList(source, signal)
    : inNode && typeof source === 'string' && !/^(https?|blob|data):/.test(source) ? await openDirectory(await pathOf(source), signal) : undefined;
  if (parts?.length === 0) throw new LabError({ code: 'not_found', message: 'none of the files is one of a model', field: 'source', remedy: 'A model is a .gguf file, or config.json with .safetensors files.' });
  if (parts) return { folder: true, files: parts };
  const open = await openSource(Array.isArray(source) ? source[0] : source, signal);  // it may be a URL, whose size only opening tells
  return { files: [{ name: open.name, size: open.size, open: async () => open }] };
}
