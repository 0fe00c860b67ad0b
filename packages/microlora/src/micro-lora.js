import { integer, number, refuse } from './errors.js';
import { Handle, check, toFloats, usable } from './handle.js';
import { MAX_DIMENSION, dimension, padded, stage, writeRows } from './layout.js';
import { ready, wasm } from './module.js';
import { GATHER, PREDICT, countRows, moveIn, moveOut, runRows } from './rows.js';
import { readTrainer, writeTrainer } from './bytes.js';


/**
 * @typedef {import('./handle.js').Vector} Vector
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
      dropout = 0, initScale = 0.01, seed = 0, baseWeights } = config ?? refuse('type', 'config', 'an object', 'nothing');
    const n = dimension(inputDim, 'inputDim'), m = dimension(outputDim, 'outputDim');
    if (optimizer !== 'sgd' && optimizer !== 'adam') refuse('range', 'optimizer', "'sgd' or 'adam'", optimizer);
    const base = baseWeights && usable(toFloats(baseWeights, 'baseWeights'), 'baseWeights', n * m);
    if (base && n * padded(m) >= 2 ** 28) refuse('memory', 'baseWeights', 'fewer than 2^28 numbers', n * m);
    super(ready().fit_new(n, m, integer(rank, 'rank', 1, 16), number(alpha, 'alpha', -1e12, 1e12),
      number(learningRate, 'learningRate', 0, 1e12), number(dropout, 'dropout', 0, 1 - 2 ** -20),
      number(initScale, 'initScale', 1e-30, 1e12), optimizer === 'adam', !!base,
      integer(seed, 'seed', 0, Number.MAX_SAFE_INTEGER)));
    if (base) writeRows(wasm.fit_part(this._p, 1), m, n, base);
    /** @protected */
    this._config = { inputDim: n, outputDim: m, rank, alpha, learningRate, dropout, initScale, optimizer, seed, base: !!base };
  }

  /**
   * One learning step towards the target.
   * @param {Vector} input
   * @param {Vector} target
   * @returns {number} the loss before the step
   */
  adapt(input, target) {
    return this.adaptBatch(toFloats(input, 'input'), toFloats(target, 'target'), 1);
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
   * @param {number} [count] refuses any other number of rows
   * @returns {number} the mean loss before the step
   */
  /**
   * @param {Vector | Example[]} inputs
   * @param {Vector} [targets]
   * @param {number} [count]
   */
  adaptBatch(inputs, targets, count) {
    const n = this._in, m = this._out, shape = { n, m };
    try {
      if (targets === undefined) {
        if (!Array.isArray(inputs) || !inputs.length) refuse('length', 'examples', 'at least one', inputs);
        for (const example of /** @type {Example[]} */ (inputs)) {
          const one = usable(toFloats(example?.input, 'input'), 'input', n);
          runRows({ p: this._live(), ...shape }, GATHER, one, { into: usable(toFloats(example.target, 'target'), 'target', m) });
        }
      } else {
        const x = toFloats(inputs, 'inputs');
        if (count && x.length !== count * n) refuse('length', 'input', `${count * n} numbers`, x.length);
        runRows({ p: this._live(), ...shape }, GATHER, x, { into: targets });
      }
    } catch (error) {
      if (this._p) wasm.fit_forget(this._p);
      throw error;
    }
    return /** @type {number} */ (wasm.fit_step(this._live()));
  }

  /**
   * x (W0 + delta), with the present weights.
   * @param {Vector} input
   * @param {Float32Array} [out] receives the result instead of a new array
   * @returns {Float32Array}
   */
  predict(input, out) {
    const status = wasm.fit_predict(this._put(input, 'input'));
    if (status) check(status, 'input', input);
    return this._take(out);
  }

  /** The same from `input` to `output`, without a copy. */
  forward() {
    check(wasm.fit_predict(this._live()), 'input', this.input);
  }

  /**
   * Predictions for rows [n][inputDim] in one array.
   * @param {Vector} inputs
   * @param {Float32Array} [out]
   * @returns {Float32Array}
   */
  forwardBatch(inputs, out) {
    const x = toFloats(inputs, 'inputs'), n = this._in, m = this._out;
    out ??= new Float32Array(countRows(x, 'inputs', n) * m);
    runRows({ p: this._live(), n, m }, PREDICT, x, { out });
    return out;
  }

  /**
   * W + delta, a new array.
   * @param {Vector} weights inputDim * outputDim, row-major
   * @returns {Float32Array}
   */
  apply(weights) {
    const w = toFloats(weights, 'weights'), n = this._in, m = this._out;
    if (w.length !== n * m) refuse('length', 'weights', `${n * m} numbers`, w.length);
    return this._addDelta(w.slice());
  }

  /** The delta itself, inputDim x outputDim, row-major. */
  delta() {
    const size = (this._live(), this._in * this._out);
    try {
      return this._addDelta(new Float32Array(size));
    } catch (error) {
      return error instanceof RangeError ? refuse('memory', 'delta', 'memory for the matrix', `${size} numbers`) : refuse('memory', 'delta', 'memory', String(error));
    }
  }

  /**
   * @param {Float32Array} w
   * @protected
   */
  _addDelta(w) {
    const p = this._live() && this._adapter, m = this._out;
    const view = stage(0), most = Math.floor(MAX_DIMENSION / padded(m));
    for (let row = 0; row < this._in; row += most) {
      const count = Math.min(most, this._in - row);
      moveIn(view, w, row, count, m);
      wasm.delta(p, row, count);
      moveOut(view, w, row, count, m);
    }
    return w;
  }

  /** |alpha A B|, the Frobenius norm of the delta. */
  deltaNorm() {
    return /** @type {number} */ (wasm.norm(this._live() && this._adapter));
  }

  /** Weights, moments, steps and random numbers as in the beginning. */
  reset() {
    wasm.fit_reset(this._live());
  }

  /** Everything but W0, as bytes from which `load` goes on identically. */
  save() {
    return writeTrainer(this._live(), this._adapter, this._config);
  }

  /**
   * @param {Uint8Array} data
   * @param {{ baseWeights?: Vector }} [options] the W0 it was saved with, if it had one
   * @returns {MicroLoRA}
   */
  static load(data, { baseWeights } = {}) {
    return readTrainer(data, baseWeights, (config) => {
      const lora = new MicroLoRA(config);
      return [lora, lora._p, lora._adapter];
    });
  }
}
