import { Online } from './online.js';

export { init as default, initSync, reserve } from './module.js';
export { MicroLoraError } from './errors.js';
export { WasmScopedLoRA } from './scoped.js';
export { WasmTrajectoryBuffer } from './trajectory.js';

/** @typedef {import('./values.js').Vector} Vector */

/** The module's row functions. */
const FORWARD = 3, LEARN = 4;

/**
 * One residual adapter that learns at once: output = x + alpha (x A) B, rank 2. The contract of
 * learning-wasm's README, with its promises kept: see the package's README for what differs.
 */
export class WasmMicroLoRA extends Online {
  /**
   * @param {number | null} [dim] 1 to 65536; 256
   * @param {number | null} [alpha] 0.1
   * @param {number | null} [learning_rate] 0.01
   * @param {import('./online.js').OnlineOptions} [options]
   */
  constructor(dim, alpha, learning_rate, options) {
    super(1, dim, alpha, learning_rate, options);
  }

  dim() {
    return this._live() && this._in;
  }

  /** input -> output. No copy, no allocation. */
  forward() {
    this._forward(0);
  }

  /**
   * input + delta.
   * @param {Vector} input
   * @param {Float32Array} [out] receives the result instead of a new array
   * @returns {Float32Array}
   */
  forward_array(input, out) {
    return this._serve(0, input, out);
  }

  /**
   * Rows [n][dim], one after another in one array; cheaper than n calls.
   * @param {Vector} inputs
   * @param {Float32Array} [out]
   * @returns {Float32Array}
   */
  forwardBatch(inputs, out) {
    return this._rows(FORWARD, inputs, out);
  }

  /**
   * A descent step along the loss gradient dL/doutput, for the input of the last forward pass (all ones
   * if there was none). A zero gradient is no adaptation.
   * @param {Vector} gradient
   */
  adapt_array(gradient) {
    this._learn(0, this._gradient(gradient));
  }

  /** The same with the gradient in the input buffer. */
  adapt() {
    this._learn(0);
  }

  /**
   * One step for each row, inputs and gradients [n][dim]. A row is refused before it changes anything; the
   * rows before it have then been learned.
   * @param {Vector} inputs
   * @param {Vector} gradients
   * @returns {number} the number of rows
   */
  adaptBatch(inputs, gradients) {
    return this._rows(LEARN, inputs, gradients, 'gradients').length / this._in;
  }

  /**
   * Says how much better the output served for the last input was than usual: 0.15 for 15 %, negative for
   * worse. A scalar has no direction: the adapter explores and keeps what scores better.
   * @param {number} improvement
   */
  adapt_with_reward(improvement) {
    this._reward(0, improvement);
  }

  /** Weights, counters and buffers as in the beginning. */
  reset() {
    this._reset(17);
  }

  /** Forward passes since the beginning or `reset()`. */
  forward_count() {
    return this._count(0, 0);
  }

  /** Updates since then: gradients other than zero, and rewards. */
  adapt_count() {
    return this._count(0, 1);
  }

  /** |alpha A B|, the Frobenius norm of the weight change. */
  delta_norm() {
    return this._norm();
  }

  param_count() {
    return 4 * this.dim();
  }
}
