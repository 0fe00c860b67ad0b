// Batches: rows of contiguous arrays, staged through WebAssembly memory a chunk at a time.
import { refuse } from './errors.js';
import { toFloats } from './handle.js';
import { MAX_DIMENSION, padded, stage } from './layout.js';
import { wasm } from './module.js';

/** What `rows` of the module does with each row. */
export const FEED_FORWARD = 0, PREDICT = 1, GATHER = 2, SCOPED_FORWARD = 3, SCOPED_LEARN = 4;

/**
 * How many rows there are; refuses a length that is no whole number of them.
 * @param {Float32Array} values
 * @param {string} what
 * @param {number} n
 */
export function countRows(values, what, n) {
  if (!values.length || values.length % n) refuse('length', what, `rows of ${n} numbers`, values.length);
  return values.length / n;
}

/**
 * Rows first.. of n numbers into a stage, padded with zeros.
 * @param {Float32Array} view
 * @param {Float32Array} values
 * @param {number} first
 * @param {number} count
 * @param {number} n
 */
export function moveIn(view, values, first, count, n) {
  const stride = padded(n);
  if (stride === n) return view.set(count * n < values.length ? values.subarray(first * n, (first + count) * n) : values);
  view.fill(0, 0, count * stride);
  for (let i = 0; i < count; ++i) view.set(values.subarray((first + i) * n, (first + i + 1) * n), i * stride);
}

/**
 * And out of it.
 * @param {Float32Array} view
 * @param {Float32Array} out
 * @param {number} first
 * @param {number} count
 * @param {number} n
 */
export function moveOut(view, out, first, count, n) {
  const stride = padded(n);
  if (stride === n) return out.set(view.subarray(0, count * n), first * n);
  for (let i = 0; i < count; ++i) out.set(view.subarray(i * stride, i * stride + n), (first + i) * n);
}

/**
 * Runs a row function on rows x [count][n], with rows y [count][m] going in, coming out, or neither.
 * @param {{ p: number, n: number, m: number }} object
 * @param {number} action
 * @param {Vector} xs
 * @param {{ into?: Vector, out?: Float32Array }} ys
 * @returns {number} the number of rows
 * @typedef {import('./handle.js').Vector} Vector
 */
export function runRows({ p, n, m }, action, xs, { into, out }) {
  const x = toFloats(xs, 'inputs'), y = into && toFloats(into, action === GATHER ? 'targets' : 'gradients');
  const count = countRows(x, 'inputs', n);
  for (const other of [y, out]) {
    if (other && other.length !== count * m) refuse('length', y ? 'targets' : 'out', `${count * m} numbers`, other.length);
  }
  const most = Math.floor(MAX_DIMENSION / padded(Math.max(n, m)));
  for (let first = 0; first < count; first += most) {
    const size = Math.min(most, count - first);
    moveIn(stage(0), x, first, size, n);
    if (y) moveIn(stage(1), y, first, size, m);
    const done = wasm.rows(p, action, size);
    if (done < size) refuse('finite', `row ${first + done}`, 'finite numbers of moderate size', 'NaN, infinity or an overflow');
    if (out) moveOut(stage(1), out, first, size, m);
  }
  return count;
}
