import { LARGE, MOST, number, refuse } from './errors.js';
import { readTrainer, writeTrainer } from './bytes.js';
import { Handle } from './handle.js';
import { MAX_DIMENSION, dimension, moveRows, padded, rows, stage } from './memory.js';
import { ready, wasm, words } from './module.js';
import { check, toFinite, toFloats } from './values.js';

/** The module's row functions. */
const PREDICT = 1, GATHER = 2;

/**
 * @typedef {import('./values.js').Vector} Vector
 * @typedef {{ input: Vector, target: Vector }} Example
 *
 * @typedef {object} LoRAConfig
 * @property {number} inputDim 1 to 65536
 * @property {number} outputDim 1 to 65536
 * @property {number} [rank] 1 to 16; 2
 * @property {number} [alpha] the delta is scaled by it; 1
 * @property {number} [learningRate] 0.001, with adam 0.003
 * @property {number} [dropout] share of the inputs that a learning step leaves out, below 1; 0
 * @property {number} [initScale] A starts uniform within plus and minus this; 0.01
 * @property {'sgd' | 'adam'} [optimizer] sgd as documented; adam (its AMSGrad form) learns much faster
 * @property {number} [seed] of the starting weights and of dropout; 0
 * @property {Vector} [baseWeights] W0, inputDim * outputDim, row-major; a copy is kept. Zero when absent
 */

/**
 * Learns a map from pairs of input and target: predict(x) = x (W0 + alpha A B), loss = mean squared error.
 */
export class MicroLoRA extends Handle {
  /** @param {LoRAConfig} config */
  constructor(config) {
    const { inputDim, outputDim, rank = 2, alpha = 1, optimizer = 'sgd', learningRate = optimizer === 'adam' ? 0.003 : 0.001,
      dropout = 0, initScale = 0.01, seed = 0, baseWeights } = config ?? refuse('type', 'config', 'an object', config);
    const n = dimension(inputDim, 'inputDim'), m = dimension(outputDim, 'outputDim');
    if (optimizer !== 'sgd' && optimizer !== 'adam') refuse('range', 'optimizer', "'sgd' or 'adam'", optimizer);
    const base = baseWeights && toFinite(baseWeights, 'baseWeights', n * m);
    if (base && n * padded(m) >= 2 ** 28) refuse('memory', 'baseWeights', 'fewer than 2^28 numbers', n * m);
    super(ready().fit_new(n, m, number(rank, 'rank', 1, 16, true), number(alpha, 'alpha', -LARGE, LARGE),
      number(learningRate, 'learningRate', 0, LARGE), number(dropout, 'dropout', 0, 1 - 2 ** -20),
      number(initScale, 'initScale', 1e-30, LARGE), optimizer === 'adam', !!base, number(seed, 'seed', 0, MOST, true)));
    if (base) rows(words(wasm.fit_state(this._p) + 68, 1)[0], m, n, base);
  }

  /**
   * One learning step towards the target.
   * @param {Vector} input
   * @param {Vector} target
   * @returns {number} the loss before the step
   */
  adapt(input, target) {
    return this.adaptBatch(toFloats(input, 'input', this._in), toFloats(target, 'target', this._out));
  }

  /**
   * One learning step on several examples: a list of them, or rows of inputs and targets in two arrays.
   * @overload
   * @param {Example[]} examples
   * @returns {number} the mean loss before the step
   */
  /**
   * @overload
   * @param {Vector} inputs
   * @param {Vector} targets
   * @returns {number} the mean loss before the step
   */
  /**
   * @param {Vector | Example[]} inputs
   * @param {Vector} [targets]
   * @returns {number}
   */
  adaptBatch(inputs, targets) {
    try {
      if (targets !== undefined) this._rows(GATHER, /** @type {Vector} */ (inputs), targets, 'targets');
      else {
        if (!Array.isArray(inputs) || !inputs.length) refuse('length', 'examples', 'at least one', inputs);
        for (const { input, target } of /** @type {Example[]} */ (inputs).map((example) => example ?? refuse('type', 'example', 'an object', example))) {
          this._rows(GATHER, toFloats(input, 'input', this._in), toFloats(target, 'target', this._out), 'targets');
        }
      }
    } catch (error) {
      if (this._p) wasm.fit_forget(this._p);
      throw error;
    }
    return wasm.fit_step(this._live());
  }

  /**
   * x (W0 + delta), with the present weights.
   * @param {Vector} input
   * @param {Float32Array} [out] receives the result instead of a new array
   * @returns {Float32Array}
   */
  predict(input, out) {
    return this._take(wasm.fit_predict(this._put(input)), out);
  }

  /** The same from `input` to `output`, without a copy. */
  forward() {
    if (wasm.fit_predict(this._live())) check(1, 'input', this.input);
  }

  /**
   * Predictions for rows [n][inputDim] in one array.
   * @param {Vector} inputs
   * @param {Float32Array} [out]
   * @returns {Float32Array}
   */
  forwardBatch(inputs, out) {
    return this._rows(PREDICT, inputs, out);
  }

  /**
   * W + delta, a new array.
   * @param {Vector} weights inputDim * outputDim, row-major
   * @returns {Float32Array}
   */
  apply(weights) {
    return this._addDelta(toFloats(weights, 'weights', this._in * this._out).slice());
  }

  /** The delta itself, inputDim x outputDim, row-major. */
  delta() {
    const size = this._live() && this._in * this._out;
    let zeros;
    try {
      zeros = new Float32Array(size);
    } catch {
      refuse('memory', 'delta', 'memory for the matrix', `none for ${size} numbers`);
    }
    return this._addDelta(zeros);
  }

  /**
   * @param {Float32Array} w
   * @internal
   */
  _addDelta(w) {
    const adapter = this._live() && this._adapter, n = this._in, m = this._out, most = Math.floor(MAX_DIMENSION / padded(m));
    for (let row = 0; row < n; row += most) {
      const count = Math.min(most, n - row), view = stage(0);
      moveRows(view, w, row * m, count, m);
      wasm.core_delta(adapter, row, count);
      moveRows(view, w, row * m, count, m, true);
    }
    return w;
  }

  /** |alpha A B|, the Frobenius norm of the delta. */
  deltaNorm() {
    return this._norm();
  }

  /** Weights, moments, steps and random numbers as in the beginning. */
  reset() {
    wasm.fit_reset(this._live());
  }

  /** Everything but W0, as bytes from which `load` goes on identically. */
  save() {
    return writeTrainer((this._live(), this));
  }

  /**
   * @param {Uint8Array} data
   * @param {{ baseWeights?: Vector }} [options] the W0 it was saved with, if it had one
   * @returns {MicroLoRA}
   */
  static load(data, { baseWeights } = {}) {
    return readTrainer(data, baseWeights, (config) => new MicroLoRA(config));
  }
}
