// What the two adapters of the learning face share.
import { integer, number, refuse } from './errors.js';
import { dimension, padded, stage } from './layout.js';
import { ready } from './module.js';

/**
 * @typedef {object} OnlineOptions
 * @property {number} [clip] a longer gradient is scaled down to this length; 10
 * @property {boolean} [ascend] add gradients instead of subtracting them, as the published package did
 * @property {number} [seed] of the starting weights and of exploration; 0
 */

/**
 * A handle of one operator, or of all.
 * @param {number} operators
 * @param {number | null} [dim]
 * @param {number | null} [alpha]
 * @param {number | null} [learningRate]
 * @param {OnlineOptions} [options]
 * @returns {number}
 */
export function makeOnline(operators, dim, alpha, learningRate, { clip = 10, ascend = false, seed = 0 } = {}) {
  return ready().scoped_new(
    dimension(dim ?? 256, 'dim'),
    number(alpha ?? 0.1, 'alpha', -1e12, 1e12),
    number(learningRate ?? 0.01, 'learning_rate', 0, 1e12),
    number(clip, 'clip', 1e-30, 1e30),
    ascend,
    operators,
    integer(seed, 'seed', 0, Number.MAX_SAFE_INTEGER),
  );
}

/**
 * Puts a gradient into a stage, padded with zeros; returns its address.
 * @param {Float32Array} gradient
 * @param {number} n
 * @param {0 | 1} [which]
 * @returns {number}
 */
export function stageGradient(gradient, n, which = 0) {
  if (gradient.length !== n) refuse('length', 'gradient', `${n} numbers`, gradient.length);
  const view = stage(which);
  view.set(gradient);
  if (n & 15) view.fill(0, n, padded(n));
  return view.byteOffset;
}
