// A model as a file or as a Hugging Face folder: several Files, or in Node a path to a directory.
import { LabError } from './errors.js';
import { openSource } from './source.js';

/**
 * @typedef {import('./source.js').OpenSource} OpenSource
 * @typedef {import('./source.js').ModelSource | File[]} Source
 * @typedef {{ name: string, size: number, open: () => Promise<OpenSource> }} Part
 * @typedef {{ name: string, file: Blob }} NamedBlob a File as it is sent to the worker, which Node would take the name from
 * @typedef {Exclude<import('./source.js').ModelSource, URL> | NamedBlob | NamedBlob[]} SentSource
 */

const COMPANIONS = new Set(['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json',
  'chat_template.jinja', 'chat_template.json', 'vocab.json', 'merges.txt', 'model.safetensors.index.json']);
const inNode = typeof process === 'object' && Boolean(process.versions?.node);

/** Of the names in a folder, those that belong to a model. @param {string[]} names */
function partsOf(names) {
  const weights = names.includes('model.safetensors') ? ['model.safetensors'] : names.filter((name) => name.endsWith('.safetensors'));
  return new Set([...weights, ...names.filter((name) => COMPANIONS.has(name))]);
}

/** What of a source can be sent to the worker. @param {Source} source @returns {SentSource} */
export function sendable(source) {
  if (source instanceof URL) return source.href;
  const named = (/** @type {any} */ file) => {
    if (file instanceof Blob && 'name' in file) return { name: String(file.name), file };
    throw new LabError({ code: 'bad_argument', message: 'the files of a model are not a list of Files', field: 'source', remedy: 'Give the Files of a Hugging Face folder, or one GGUF file.' });
  };
  if (Array.isArray(source)) return source.map(named);
  return source instanceof Blob && 'name' in source ? named(source) : source;
}

/** @param {NamedBlob[]} list @param {AbortSignal} signal @returns {Part[]} */
function openList(list, signal) {
  const wanted = partsOf(list.map(({ name }) => name));
  return list.filter(({ name }) => wanted.has(name)).map(({ name, file }) => ({ name, size: file.size, open: () => openSource(file, signal) }));
}

/** @param {string} path @param {AbortSignal} signal @returns {Promise<Part[] | undefined>} undefined where it is no folder */
async function openDirectory(path, signal) {
  const [{ readdir, stat }, { join }] = [process.getBuiltinModule('node:fs/promises'), process.getBuiltinModule('node:path')];
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return undefined;
  const parts = [];
  for (const name of partsOf(await readdir(path)))
    parts.push({ name, size: (await stat(join(path, name))).size, open: () => openSource(join(path, name), signal) });
  return parts;
}

/** @param {string} source */
const pathOf = async (source) => (source.startsWith('file:') ? process.getBuiltinModule('node:url').fileURLToPath(source) : source);

/**
 * @param {SentSource} source @param {AbortSignal} signal
 * @returns {Promise<{ folder?: true, files: Part[] }>} with `folder`, files that lie in one
 */
export async function openFiles(source, signal) {
  const list = Array.isArray(source) ? source : undefined;
  const file = list?.length === 1 && partsOf([list[0].name]).size === 0 ? list[0] : source;
  const parts = Array.isArray(file) ? openList(file, signal)
    : inNode && typeof file === 'string' && !/^(https?|blob|data):/.test(file) ? await openDirectory(await pathOf(file), signal) : undefined;
  if (parts?.length === 0) throw new LabError({ code: 'not_found', message: 'none of the files is one of a model', field: 'source', remedy: 'A model is a .gguf file, or config.json with .safetensors files.' });
  if (parts) return { folder: true, files: parts };
  const [name, single] = typeof file === 'object' && 'file' in file ? [file.name, file.file] : [undefined, /** @type {any} */ (file)];
  const open = await openSource(single, signal);  // it may be a URL, whose size only opening tells
  return { files: [{ name: name ?? open.name, size: open.size, open: async () => open }] };
}
