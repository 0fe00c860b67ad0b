// Weights in memory: rows padded with zeros to whole vectors, A transposed.
import { integer } from './errors.js';
import { floats, wasm } from './module.js';

export const MAX_DIMENSION = 65536;

/**
 * @param {unknown} value
 * @param {string} what
 */
export const dimension = (value, what) => integer(value, what, 1, MAX_DIMENSION);

/** @type {Float32Array[]} */
const stages = [];

/**
 * One of the two buffers through which rows go in and out, anew where the memory has grown.
 * @param {number} which 0 or 1
 * @returns {Float32Array} of MAX_DIMENSION
 */
export function stage(which) {
  if (!stages[which]?.length) stages[which] = floats(wasm.stage(which), MAX_DIMENSION);
  return stages[which];
}

/** @param {number} n */
export const padded = (n) => (n + 15) & ~15;

/**
 * Where the first value stands that is not finite or beyond 1e12; -1 if there is none.
 * @param {Float32Array} values
 */
export function firstUnusable(values) {
  for (let i = 0; i < values.length; ++i) if (!(Math.abs(values[i]) <= 1e12)) return i;
  return -1;
}

/**
 * [rank][padded n] in memory, read as [n][rank].
 * @param {number} offset
 * @param {number} n
 * @param {number} rank
 */
export function columns(offset, n, rank) {
  const stride = padded(n), from = floats(offset, stride * rank), to = new Float32Array(n * rank);
  for (let k = 0; k < rank; ++k) for (let i = 0; i < n; ++i) to[i * rank + k] = from[k * stride + i];
  return to;
}

/**
 * @param {number} offset
 * @param {number} n
 * @param {number} rank
 * @param {Float32Array} values
 */
export function writeColumns(offset, n, rank, values) {
  const stride = padded(n), to = floats(offset, stride * rank);
  for (let k = 0; k < rank; ++k) for (let i = 0; i < n; ++i) to[k * stride + i] = values[i * rank + k];
}

/**
 * [rank][padded n] in memory, read as [rank][n].
 * @param {number} offset
 * @param {number} n
 * @param {number} count
 */
export function rows(offset, n, count) {
  const stride = padded(n), from = floats(offset, stride * count), to = new Float32Array(n * count);
  for (let k = 0; k < count; ++k) to.set(from.subarray(k * stride, k * stride + n), k * n);
  return to;
}

/**
 * @param {number} offset
 * @param {number} n
 * @param {number} count
 * @param {Float32Array} values
 */
export function writeRows(offset, n, count, values) {
  const stride = padded(n), to = floats(offset, stride * count);
  if (n < stride) to.fill(0);
  for (let k = 0; k < count; ++k) to.set(values.subarray(k * n, k * n + n), k * stride);
}
