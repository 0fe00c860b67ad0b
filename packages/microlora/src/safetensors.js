// Adapters as safetensors files in PEFT's layout, and back.
import { number, refuse } from './errors.js';
import { MicroLoRA } from './micro-lora.js';
import { getWeights, setWeights } from './weights.js';

/** @typedef {import('./weights.js').AdapterWeights} AdapterWeights */

/**
 * One file with `NAME.lora_A.weight` [rank][in] and `NAME.lora_B.weight` [out][rank] for each adapter, as PEFT
 * names and lays them out, and in the metadata PEFT's `r` and `lora_alpha` (scale times rank).
 * @param {Record<string, import('./handle.js').Handle>} adapters by the name of the module they belong to; all of one rank and scale
 * @returns {Uint8Array}
 */
export function toSafetensors(adapters) {
  const entries = Object.entries(adapters ?? {});
  if (!entries.length) refuse('length', 'adapters', 'at least one adapter', 0);
  /** @type {Record<string, any>} */
  const header = {};
  /** @type {Float32Array[]} */
  const tensors = [];
  let at = 0, rank = 0, scale = 0;
  for (const [name, adapter] of entries) {
    const w = getWeights(adapter);
    if (at && (w.rank !== rank || w.scale !== scale)) {
      refuse('shape', name, `rank ${rank} and scale ${scale} like the others`, `rank ${w.rank} and scale ${w.scale}`);
    }
    ({ rank, scale } = w);
    /** @type {[string, number, number, Float32Array][]} */
    const pair = [['lora_A', rank, w.inputDim, transpose(w.loraA, w.inputDim, rank)],
      ['lora_B', w.outputDim, rank, transpose(w.loraB, rank, w.outputDim)]];
    for (const [part, rows, columns, values] of pair) {
      header[`${name}.${part}.weight`] = { dtype: 'F32', shape: [rows, columns], data_offsets: [at, at += values.byteLength] };
      tensors.push(values);
    }
  }
  header.__metadata__ = { format: 'pt', r: `${rank}`, lora_alpha: `${scale * rank}` };
  const text = new TextEncoder().encode(JSON.stringify(header)), length = (text.length + 7) & ~7;
  const file = new Uint8Array(8 + length + at).fill(32, 8, 8 + length);
  new DataView(file.buffer).setUint32(0, length, true);
  file.set(text, 8);
  at = 8 + length;
  for (const values of tensors) {
    file.set(new Uint8Array(values.buffer), at);
    at += values.byteLength;
  }
  return file;
}

/**
 * @param {Uint8Array} file with float32 tensors in PEFT's layout
 * @returns {Record<string, AdapterWeights>} by module name
 */
export function fromSafetensors(file) {
  if (!(file instanceof Uint8Array)) refuse('type', 'file', 'a Uint8Array', file);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = file.length >= 8 ? view.getUint32(0, true) : -1;
  if (length < 2 || view.getUint32(4, true) || length > file.length - 8) refuse('bytes', 'file', 'a safetensors file', 'other bytes');
  let header;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length)));
  } catch (error) {
    refuse('json', 'header', 'well-formed JSON', /** @type {Error} */ (error).message);
  }
  if (!header || typeof header !== 'object') refuse('json', 'header', 'an object', typeof header);
  const data = file.subarray(8 + length), meta = header.__metadata__ ?? {};
  const read = (/** @type {string} */ name) => {
    const { dtype, shape, data_offsets: place } = header[name] ?? refuse('bytes', name, 'a tensor', 'none');
    if (dtype !== 'F32') refuse('bytes', name, 'dtype F32', dtype);
    if (!Array.isArray(shape) || shape.length !== 2) refuse('shape', name, 'two dimensions', shape?.length);
    const [rows, columns] = shape.map((n) => number(n, name, 1, 65536, true));
    const [from, to] = Array.isArray(place) ? place.map((n) => number(n, name, 0, data.length, true)) : [];
    if (to - from !== rows * columns * 4) refuse('shape', name, `${rows * columns * 4} bytes`, to - from);
    const values = new Float32Array(data.slice(from, to).buffer);
    if (!values.every(Number.isFinite)) refuse('finite', name, 'finite numbers', 'NaN or infinity');
    return { rows, columns, values };
  };
  /** @type {Record<string, AdapterWeights>} */
  const found = Object.create(null);
  for (const key of Object.keys(header)) {
    const name = /^(.*)\.lora_A\.weight$/.exec(key)?.[1];
    if (name === undefined) continue;
    const a = read(key), b = read(`${name}.lora_B.weight`), rank = number(a.rows, key, 1, 16, true);
    if (b.columns !== rank) refuse('shape', `${name}.lora_B.weight`, `rank ${rank}`, b.columns);
    const alpha = meta.lora_alpha === undefined ? rank : Number(meta.lora_alpha);
    if (!Number.isFinite(alpha)) refuse('json', 'lora_alpha', 'a number', meta.lora_alpha);
    found[name] = { loraA: transpose(a.values, rank, a.columns), loraB: transpose(b.values, b.rows, rank),
      scale: alpha / rank, inputDim: a.columns, outputDim: b.rows, rank };
  }
  if (!Object.keys(found).length) refuse('bytes', 'file', 'tensors named NAME.lora_A.weight', 'none');
  return found;
}

/**
 * An adapter with these weights, its scale as alpha.
 * @param {AdapterWeights} weights
 * @param {Omit<import('./micro-lora.js').LoRAConfig, 'inputDim' | 'outputDim' | 'rank' | 'alpha'>} [config]
 * @returns {MicroLoRA}
 */
export function toAdapter({ inputDim, outputDim, rank, scale, loraA, loraB }, config) {
  const lora = new MicroLoRA({ ...config, inputDim, outputDim, rank, alpha: scale });
  setWeights(lora, { loraA, loraB });
  return lora;
}

/**
 * @param {Float32Array} values
 * @param {number} rows
 * @param {number} columns
 */
function transpose(values, rows, columns) {
  const to = new Float32Array(values.length);
  for (let i = 0; i < rows; ++i) for (let j = 0; j < columns; ++j) to[j * rows + i] = values[i * columns + j];
  return to;
}
