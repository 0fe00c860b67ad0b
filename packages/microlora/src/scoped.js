import { refuse } from './errors.js';
import { wasm } from './module.js';
import { Online } from './online.js';

const NAMES = ('SeqScan IndexScan HnswScan IvfFlatScan NestedLoopJoin HashJoin MergeJoin Aggregate GroupBy Filter Project Sort ' +
  'Limit VectorDistance Rerank Materialize Result').split(' ');

/**
 * @param {unknown} op
 * @returns {number}
 */
const operator = (op) =>
  typeof op === 'number' && NAMES[op] ? op : refuse('operator', 'op_type', 'a whole number from 0 to 16', op);

/** @typedef {import('./values.js').Vector} Vector */

/**
 * One residual adapter for each of seventeen query operators. An operator with n < 10 adaptations gives
 * n/10 of its own delta and 1 - n/10 of what the operators of its category taught together.
 */
export class WasmScopedLoRA extends Online {
  /**
   * @param {number | null} [dim] 1 to 65536; 256
   * @param {number | null} [alpha] 0.1
   * @param {number | null} [learning_rate] 0.01
   * @param {import('./online.js').OnlineOptions} [options]
   */
  constructor(dim, alpha, learning_rate, options) {
    super(17, dim, alpha, learning_rate, options);
  }

  /**
   * The operator's name, "Unknown" from 17 on.
   * @param {number} op_type
   */
  static scope_name(op_type) {
    return NAMES[op_type] ?? 'Unknown';
  }

  /**
   * input -> output. No copy, no allocation.
   * @param {number} op_type
   */
  forward(op_type) {
    this._forward(operator(op_type));
  }

  /**
   * @param {number} op_type
   * @param {Vector} input
   * @param {Float32Array} [out]
   * @returns {Float32Array}
   */
  forward_array(op_type, input, out) {
    return this._serve(operator(op_type), input, out);
  }

  /**
   * A descent step along dL/doutput for the operator's last input, for it and its share of the category.
   * @param {number} op_type
   * @param {Vector} gradient
   */
  adapt_array(op_type, gradient) {
    this._learn(operator(op_type), this._gradient(gradient));
  }

  /**
   * The same with the gradient in the input buffer.
   * @param {number} op_type
   */
  adapt(op_type) {
    this._learn(operator(op_type));
  }

  /**
   * @param {number} op_type
   * @param {number} improvement
   */
  adapt_with_reward(op_type, improvement) {
    this._reward(operator(op_type), improvement);
  }

  /**
   * The operator as in the beginning; its category forgets what it was taught by it.
   * @param {number} op_type
   */
  reset_scope(op_type) {
    this._reset(operator(op_type));
  }

  reset_all() {
    this._reset(17);
  }

  /** @param {boolean} enabled */
  set_category_fallback(enabled) {
    wasm.scoped_fallback(this._live(), !!enabled);
  }

  /**
   * Forward passes of the operator.
   * @param {number} op_type
   */
  forward_count(op_type) {
    return this._count(operator(op_type), 0);
  }

  /**
   * Updates of the operator: gradients other than zero, and rewards.
   * @param {number} op_type
   */
  adapt_count(op_type) {
    return this._count(operator(op_type), 1);
  }

  total_forward_count() {
    return NAMES.reduce((sum, _, op) => sum + this._count(op, 0), 0n);
  }

  total_adapt_count() {
    return NAMES.reduce((sum, _, op) => sum + this._count(op, 1), 0n);
  }

  /**
   * |alpha A B| of the operator's own adapter.
   * @param {number} op_type
   * @returns {number}
   */
  delta_norm(op_type) {
    return wasm.core_norm(wasm.scoped_adapter(this._live(), operator(op_type), 0));
  }
}
