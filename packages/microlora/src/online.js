// What the two adapters of the learning face share.
import { LARGE, MOST, number } from './errors.js';
import { Handle } from './handle.js';
import { dimension } from './memory.js';
import { ready, wasm } from './module.js';
import { check, toFloats } from './values.js';

/**
 * @typedef {object} OnlineOptions
 * @property {number} [clip] a longer gradient is scaled down to this length; 10
 * @property {boolean} [ascend] add gradients instead of subtracting them, as the published package did
 * @property {number} [seed] of the starting weights and of exploration; 0
 *
 * @typedef {import('./values.js').Vector} Vector
 */

/** Residual adapters of one operator, or of all, in one handle. */
export class Online extends Handle {
  /**
   * @param {number} operators 1 or 17
   * @param {number | null} [dim]
   * @param {number | null} [alpha]
   * @param {number | null} [learningRate]
   * @param {OnlineOptions} [options]
   * @internal
   */
  constructor(operators, dim, alpha, learningRate, { clip = 10, ascend, seed = 0 } = {}) {
    super(ready().scoped_new(dimension(dim ?? 256, 'dim'), number(alpha ?? 0.1, 'alpha', -LARGE, LARGE),
      number(learningRate ?? 0.01, 'learning_rate', 0, LARGE), number(clip, 'clip', 1e-30, 1e30), ascend, operators,
      number(seed, 'seed', 0, MOST, true)));
  }

  /** Byte offset of the input buffer, for users of `memory` itself. */
  get_input_ptr() {
    return this.input.byteOffset;
  }

  /** Byte offset of the output buffer. */
  get_output_ptr() {
    return this.output.byteOffset;
  }

  /**
   * @param {number} op
   * @internal
   */
  _forward(op) {
    check(wasm.scoped_forward(this._live(), op), 'input', this._x);
  }

  /**
   * @param {number} op
   * @param {Vector} input
   * @param {Float32Array} [out]
   * @internal
   */
  _serve(op, input, out) {
    return this._take(wasm.scoped_forward(this._put(input), op), out);
  }

  /**
   * @param {number} op
   * @param {Float32Array} [gradient] at the output; absent if it lies in the input buffer
   * @internal
   */
  _learn(op, gradient) {
    check(wasm.scoped_adapt(this._live(), op, gradient ? this._stage(gradient) : this.get_input_ptr()), 'gradient', gradient ?? this.input);
  }

  /**
   * @param {Vector} values
   * @internal
   */
  _gradient(values) {
    return toFloats(values, 'gradient', this._in);
  }

  /**
   * @param {number} op
   * @param {number} improvement
   * @internal
   */
  _reward(op, improvement) {
    check(wasm.scoped_reward(this._live(), op, number(improvement, 'improvement', -3.4e38, 3.4e38)), 'last input', this.input);
  }

  /**
   * @param {number} op 17 for all
   * @internal
   */
  _reset(op) {
    wasm.scoped_reset(this._live(), op);
  }

  /**
   * @param {number} op
   * @param {number} adaptations 0 counts forward passes, 1 adaptations
   * @internal
   */
  _count(op, adaptations) {
    return BigInt(wasm.scoped_count(this._live(), op, adaptations) >>> 0);
  }
}
