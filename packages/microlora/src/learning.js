import { number } from './errors.js';
import { Handle, check, toFloats } from './handle.js';
import { wasm, words } from './module.js';
import { makeOnline, stageGradient } from './online.js';
import { SCOPED_FORWARD, SCOPED_LEARN, countRows, runRows } from './rows.js';

export { init as default, initSync, reserve } from './module.js';
export { MicroLoraError } from './errors.js';
export { WasmScopedLoRA } from './scoped.js';
export { WasmTrajectoryBuffer } from './trajectory.js';

/** @typedef {import('./handle.js').Vector} Vector */

/**
 * One residual adapter that learns at once: output = x + alpha (x A) B, rank 2. The contract of
 * learning-wasm's README, with its promises kept: see the package's README for what differs.
 */
export class WasmMicroLoRA extends Handle {
  /**
   * @param {number | null} [dim] 1 to 65536; 256
   * @param {number | null} [alpha] 0.1
   * @param {number | null} [learning_rate] 0.01
   * @param {import('./online.js').OnlineOptions} [options]
   */
  constructor(dim, alpha, learning_rate, options) {
    super(makeOnline(1, dim, alpha, learning_rate, options));
  }

  /** Byte offset of the input buffer, `dim()` floats, for users of `memory` itself. */
  get_input_ptr() {
    return words(this._live(), 2)[0];
  }

  /** Byte offset of the output buffer. */
  get_output_ptr() {
    return words(this._live(), 2)[1];
  }

  dim() {
    return this._live() && this._in;
  }

  /** input -> output. No copy, no allocation. */
  forward() {
    const status = wasm.scoped_forward(this._live(), 0);
    if (status) check(status, 'input', this.input);
  }

  /**
   * input + delta.
   * @param {Vector} input
   * @param {Float32Array} [out] receives the result instead of a new array
   * @returns {Float32Array}
   */
  forward_array(input, out) {
    const status = wasm.scoped_forward(this._put(input, 'input'), 0);
    if (status) check(status, 'input', input);
    return this._take(out);
  }

  /**
   * Rows [n][dim], one after another in one array; cheaper than n calls.
   * @param {Vector} inputs
   * @param {Float32Array} [out]
   * @returns {Float32Array}
   */
  forwardBatch(inputs, out) {
    const x = toFloats(inputs, 'inputs'), n = this._in;
    out ??= new Float32Array(countRows(x, 'inputs', n) * n);
    runRows({ p: this._live(), n, m: n }, SCOPED_FORWARD, x, { out });
    return out;
  }

  /**
   * A descent step along the loss gradient dL/doutput, for the input of the last forward pass (all ones
   * if there was none). A zero gradient is no adaptation.
   * @param {Vector} gradient
   */
  adapt_array(gradient) {
    const g = toFloats(gradient, 'gradient'), p = this._live();
    const at = stageGradient(g, this._in);
    check(wasm.scoped_adapt(p, 0, at), 'gradient', g);
  }

  /** The same with the gradient in the input buffer. */
  adapt() {
    check(wasm.scoped_adapt(this._live(), 0, this.get_input_ptr()), 'gradient in the input buffer', this.input);
  }

  /**
   * One step for each row, inputs and gradients [n][dim]. A row is refused before it changes anything; the
   * rows before it have then been learned.
   * @param {Vector} inputs
   * @param {Vector} gradients
   */
  adaptBatch(inputs, gradients) {
    return runRows({ p: this._live(), n: this._in, m: this._in }, SCOPED_LEARN, inputs, { into: gradients });
  }

  /**
   * Says how much better the output served for the last input was than usual: 0.15 for 15 %, negative for
   * worse. A scalar has no direction: the adapter explores and keeps what scores better.
   * @param {number} improvement
   */
  adapt_with_reward(improvement) {
    const status = wasm.scoped_reward(this._live(), 0, number(improvement, 'improvement', -3.4e38));
    check(status, 'last input', this.input);
  }

  /** Weights, counters and buffers as in the beginning. */
  reset() {
    wasm.scoped_reset(this._live(), 17);
  }

  /** Forward passes since the beginning or `reset()`. */
  forward_count() {
    return BigInt(wasm.scoped_count(this._live(), 0, 0) >>> 0);
  }

  /** Updates since then: gradients other than zero, and rewards. */
  adapt_count() {
    return BigInt(wasm.scoped_count(this._live(), 0, 1) >>> 0);
  }

  /** |alpha A B|, the Frobenius norm of the weight change. */
  delta_norm() {
    return /** @type {number} */ (wasm.norm(this._live() && this._adapter));
  }

  param_count() {
    return 4 * this.dim();
  }
}
