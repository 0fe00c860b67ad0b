// What loadAdapter() takes, as the files that the engine reads: GGUF, safetensors with its settings, a PEFT folder or .zip.
import { bytesOf } from './bytes.js';
import { LabError } from './errors.js';
import { unzip } from './unzip.js';

/**
 * @typedef {import('./bytes.js').Bytes} Bytes
 * @typedef {import('./protocol.js').FileBytes} FileBytes
 */

const WEIGHTS = 'adapter_model.safetensors', CONFIG = 'adapter_config.json';
const REMEDY = `Give a GGUF adapter, a PEFT folder's ${WEIGHTS} and ${CONFIG}, or those two as a .zip.`;
const inNode = typeof process === 'object' && Boolean(process.versions?.node);

/** @param {ArrayBuffer} bytes @param {string} magic */
const begins = (bytes, magic) => new TextDecoder('latin1').decode(bytes.slice(0, magic.length)) === magic;

/** Of a folder's files those of an adapter, wherever they lie in it. @param {FileBytes[]} files @param {string} what @returns {FileBytes[]} */
function peftFiles(files, what) {
  const find = (/** @type {string} */ name) => files.find(({ path }) => path === name || path.endsWith(`/${name}`));
  const weights = find(WEIGHTS), config = find(CONFIG);
  if (!weights) throw new LabError({ code: 'not_found', message: `${what} holds no ${WEIGHTS}`, field: 'adapter', remedy: REMEDY });
  if (!config) throw new LabError({ code: 'not_found', message: `${what} holds no ${CONFIG}, which says how the adapter is to be read`, field: 'config', remedy: REMEDY });
  return [{ path: `adapter/${WEIGHTS}`, bytes: weights.bytes }, { path: `adapter/${CONFIG}`, bytes: config.bytes }];
}

/** @param {string} path @returns {Promise<FileBytes[]>} of a folder both files, else the file, with its settings if they lie beside it */
async function readPath(path) {
  const [{ readFile, stat }, { basename, dirname, join }] = [process.getBuiltinModule('node:fs/promises'), process.getBuiltinModule('node:path')];
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new LabError({ code: 'not_found', message: 'there is no such adapter', file: path, remedy: REMEDY });
  const folder = found.isDirectory() ? path : dirname(path);
  const files = [];
  for (const name of found.isDirectory() ? [WEIGHTS, CONFIG] : [basename(path), CONFIG]) {
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes) files.push({ path: name, bytes: await bytesOf(bytes) });
  }
  return files;
}

/**
 * @param {Bytes | (Blob & { name: string })[]} adapter @param {string | object} [config] adapter_config.json that goes with safetensors
 * @returns {Promise<{ path: string, files: FileBytes[] }>}
 */
export async function adapterFiles(adapter, config) {
  /** @type {FileBytes[]} */
  let files;
  if (Array.isArray(adapter)) files = await Promise.all(adapter.map(async (file) => ({ path: file.name, bytes: await bytesOf(file) })));
  else if (typeof adapter === 'string') {
    if (!inNode) throw new LabError({ code: 'bad_argument', message: 'a path means nothing in a browser', field: 'adapter', remedy: REMEDY });
    files = await readPath(adapter);
  } else files = [{ path: WEIGHTS, bytes: await bytesOf(adapter) }];
  if (files.length === 0) throw new LabError({ code: 'not_found', message: 'there are no files', field: 'adapter', remedy: REMEDY });
  const [{ bytes }] = files;
  if (begins(bytes, 'GGUF')) return { path: 'adapter/adapter.gguf', files: [{ path: 'adapter/adapter.gguf', bytes }] };
  if (begins(bytes, 'PK\x03\x04')) {
    const entries = await unzip(bytes, (name) => name === WEIGHTS || name === CONFIG || name.endsWith(`/${WEIGHTS}`) || name.endsWith(`/${CONFIG}`));
    return { path: 'adapter', files: peftFiles(entries, 'the archive') };
  }
  if (files.length === 1 && !Array.isArray(adapter)) files[0].path = WEIGHTS;
  if (config) files.push({ path: CONFIG, bytes: await bytesOf(typeof config === 'string' ? config : JSON.stringify(config)) });
  return { path: 'adapter', files: peftFiles(files, files.length === 1 ? 'the adapter' : 'the list of files') };
}
