// What several tests need: reproducible numbers, and an assertion about this package's errors.
import assert from 'node:assert/strict';
import { MicroLoraError } from 'microlora';

/** @param {number} seed uniform numbers in [0, 1) (mulberry32) */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {() => number} next a standard normal number (Box and Muller) */
export const normal = (next) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** @param {number} n @param {() => number} draw */
export const vector = (n, draw) => Float32Array.from({ length: n }, draw);

/** A hidden map of rank 2. @param {number} dim @param {() => number} next @param {number} [scale] */
export function teacher(dim, next, scale = 1) {
  const p = vector(2 * dim, () => normal(next) / Math.sqrt(dim)), q = vector(2 * dim, () => normal(next) * scale);
  /** @param {Float32Array} x */
  return (x) => {
    let s = 0, t = 0;
    for (let i = 0; i < dim; ++i) (s += x[i] * p[2 * i]), (t += x[i] * p[2 * i + 1]);
    return vector(dim, (_, j) => s * q[j] + t * q[dim + j]);
  };
}
export const mean = (/** @type {number[]} */ v) => v.reduce((a, b) => a + b, 0) / v.length;

/** |a - b| / |b| @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function difference(a, b) {
  let d = 0, n = 0;
  for (let i = 0; i < b.length; ++i) (d += (a[i] - b[i]) ** 2), (n += b[i] ** 2);
  return Math.sqrt(d / (n || 1));
}

/** @param {() => unknown} call @param {string} code @param {RegExp} [message] */
export function refuses(call, code, message) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof MicroLoraError, `not a MicroLoraError: ${error}`);
    assert.equal(error.code, code, error.message);
    if (message) assert.match(error.message, message);
    return true;
  });
}
