// Rows in WebAssembly memory, padded with zeros to whole vectors, and the documents' arrays without padding.
import { number } from './errors.js';
import { floats, wasm } from './module.js';

export const MAX_DIMENSION = 65536;

/**
 * @param {unknown} value
 * @param {string} what
 * @param {import('./errors.js').ErrorCode} [code]
 */
export const dimension = (value, what, code) => number(value, what, 1, MAX_DIMENSION, true, code);

/** @param {number} n */
export const padded = (n) => (n + 15) & ~15;

/** @type {Float32Array[]} */
const stages = [];

/**
 * One of the two buffers through which rows go in and out, anew where the memory has grown.
 * @param {number} which 0 or 1
 * @returns {Float32Array} of MAX_DIMENSION
 */
export const stage = (which) =>
  stages[which]?.length ? stages[which] : (stages[which] = floats(wasm.core_stage(which), MAX_DIMENSION));

/**
 * Rows of n numbers between the beginning of `inside`, padded, and `outside` from `first` on.
 * @param {Float32Array} inside
 * @param {Float32Array} outside
 * @param {number} first
 * @param {number} count
 * @param {number} n
 * @param {unknown} [out] from the inside to the outside
 */
export function moveRows(inside, outside, first, count, n, out) {
  const stride = padded(n);
  if (stride === n) [n, count] = [n * count, 1];
  else if (!out) inside.fill(0, 0, count * stride);
  for (let i = 0; i < count; ++i, first += n) {
    const from = inside.subarray(i * stride, i * stride + n), to = outside.subarray(first, first + n);
    if (out) to.set(from);
    else from.set(to);
  }
}

/**
 * B, in memory [count][padded n], read into or written from [count][n].
 * @param {number} offset
 * @param {number} n
 * @param {number} count
 * @param {Float32Array} [values]
 */
export function rows(offset, n, count, values) {
  const outside = values ?? new Float32Array(n * count);
  moveRows(floats(offset, padded(n) * count), outside, 0, count, n, !values);
  return outside;
}

/**
 * A, in memory [count][padded n], read into or written from [n][count].
 * @param {number} offset
 * @param {number} n
 * @param {number} count
 * @param {Float32Array} [values]
 */
export function columns(offset, n, count, values) {
  const stride = padded(n), inside = floats(offset, stride * count), outside = values ?? new Float32Array(n * count);
  for (let k = 0; k < count; ++k) {
    for (let i = 0; i < n; ++i) {
      if (values) inside[k * stride + i] = values[i * count + k];
      else outside[i * count + k] = inside[k * stride + i];
    }
  }
  return outside;
}
