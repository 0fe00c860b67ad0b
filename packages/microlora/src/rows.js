// Batches: rows of contiguous arrays, staged through WebAssembly memory a chunk at a time.
import { refuse } from './errors.js';
import { MAX_DIMENSION, toFloats } from './handle.js';
import { padded } from './layout.js';
import { floats, wasm } from './module.js';

/** What `rows` of the module does with each row. */
export const FEED_FORWARD = 0, PREDICT = 1, GATHER = 2, SCOPED_FORWARD = 3, SCOPED_LEARN = 4;

/**
 * @param {number} which 0 or 1
 * @param {number} count
 * @param {number} n
 */
const stage = (which, count, n) => floats(wasm.stage(which), count * padded(n));

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
 * @param {Float32Array} view
 * @param {Float32Array} values
 * @param {number} first
 * @param {number} count
 * @param {number} n
 * @param {boolean} out from the view to the values
 */
function move(view, values, first, count, n, out) {
  const stride = padded(n), part = values.subarray(first * n, (first + count) * n);
  if (stride === n) return out ? part.set(view) : view.set(part);
  if (!out) view.fill(0);
  for (let i = 0; i < count; ++i) {
    const row = view.subarray(i * stride, i * stride + n);
    if (out) part.set(row, i * n);
    else row.set(part.subarray(i * n, i * n + n));
  }
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
  const most = Math.min(Math.floor(MAX_DIMENSION / padded(n)), Math.floor(MAX_DIMENSION / padded(m)));
  for (let first = 0; first < count; first += most) {
    const size = Math.min(most, count - first);
    move(stage(0, size, n), x, first, size, n, false);
    if (y) move(stage(1, size, m), y, first, size, m, false);
    const done = wasm.rows(p, action, size);
    if (done < size) refuse('finite', `row ${first + done}`, 'finite numbers of moderate size', 'NaN, infinity or an overflow');
    if (out) move(stage(1, size, m), out, first, size, m, true);
  }
  return count;
}
