// The weights of an adapter of any face, out and in.
import { refuse } from './errors.js';
import { Handle } from './handle.js';
import { columns, rows } from './memory.js';
import { floats, words } from './module.js';
import { toFinite } from './values.js';

/**
 * @typedef {object} AdapterWeights
 * @property {Float32Array} loraA [inputDim][rank], row-major
 * @property {Float32Array} loraB [rank][outputDim]
 * @property {number} scale delta = scale * A B
 * @property {number} inputDim
 * @property {number} outputDim
 * @property {number} rank
 */

/**
 * @param {unknown} adapter
 * @returns {Handle}
 */
const own = (adapter) => (adapter instanceof Handle ? adapter : refuse('type', 'adapter', 'an adapter of this package', adapter));

/**
 * Copies of A and B.
 * @param {Handle} adapter of any face; the first operator's of a `WasmScopedLoRA`
 * @returns {AdapterWeights}
 */
export function getWeights(adapter) {
  own(adapter)._live();
  const { _adapter: p, _in: inputDim, _out: outputDim, _rank: rank } = adapter, [a, b] = words(p + 28, 2);
  return { loraA: columns(a, inputDim, rank), loraB: rows(b, outputDim, rank), scale: floats(p + 12, 1)[0], inputDim, outputDim, rank };
}

/**
 * Puts A and B into an adapter.
 * @param {Handle} adapter
 * @param {{ loraA: import('./values.js').Vector, loraB: import('./values.js').Vector }} weights in the same layout
 */
export function setWeights(adapter, { loraA, loraB }) {
  const { _adapter: p, _in: n, _out: m, _rank: rank } = own(adapter);
  const a = toFinite(loraA, 'loraA', n * rank), b = toFinite(loraB, 'loraB', m * rank);
  adapter._live();
  columns(words(p + 28, 1)[0], n, rank, a);
  rows(words(p + 32, 1)[0], m, rank, b);
}
