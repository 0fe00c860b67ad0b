import { integer, number, refuse } from './errors.js';
import { Disposable, toFloats } from './handle.js';
import { dimension } from './layout.js';
import { Tally } from './tally.js';

const BYTES = 2 ** 30;

/**
 * @typedef {object} Trajectory
 * @property {Float32Array} embedding a copy
 * @property {number} operator
 * @property {number} attention
 * @property {number} executionMs
 * @property {number} baselineMs
 * @property {number} improvement
 * @property {number} quality (improvement + 1) / 2 held within 0 and 1
 */

/**
 * The last executions of queries. `success_rate()` and the other published names speak of the executions
 * in the buffer; `lifetime()` of all since the beginning or `reset()`.
 */
export class WasmTrajectoryBuffer extends Disposable {
  /**
   * @param {number | null} [capacity] 1000
   * @param {number | null} [embedding_dim] 256
   */
  constructor(capacity, embedding_dim) {
    super();
    const n = integer(capacity ?? 1000, 'capacity', 1, 1e8);
    /** @protected */ this._dim = dimension(embedding_dim ?? 256, 'embedding_dim');
    if (n * (this._dim + 8) * 4 > BYTES) refuse('memory', 'capacity', `trajectories of ${BYTES} bytes at most`, n);
    /** @protected */ this._embeddings = new Float32Array(n * this._dim);
    /** operator, attention, execution, baseline of each @protected */
    this._records = new Float64Array(n * 4);
    /** @protected */ this._capacity = n;
    /** @protected */ this._total = new Tally();
  }

  /**
   * @param {import('./handle.js').Vector} embedding
   * @param {number} op_type 0 to 16
   * @param {number} attention_type 0 to 255
   * @param {number} execution_ms above 0
   * @param {number} baseline_ms 0 or more
   */
  record(embedding, op_type, attention_type, execution_ms, baseline_ms) {
    const values = toFloats(embedding, 'embedding');
    this._live();
    if (values.length !== this._dim) refuse('length', 'embedding', `${this._dim} numbers`, values.length);
    if (!values.every(Number.isFinite)) refuse('finite', 'embedding', 'finite numbers', 'NaN or infinity');
    integer(op_type, 'op_type', 0, 16);
    integer(attention_type, 'attention_type', 0, 255);
    number(execution_ms, 'execution_ms', 1e-9, 1e15);
    number(baseline_ms, 'baseline_ms', 0, 1e15);
    const at = this._total.count % this._capacity;
    this._embeddings.set(values, at * this._dim);
    this._records.set([op_type, attention_type, execution_ms, baseline_ms], at * 4);
    this._total.add(baseline_ms / execution_ms - 1, attention_type);
  }

  /** How many the buffer holds now. */
  len() {
    return this._live() && Math.min(this._total.count, this._capacity);
  }

  is_empty() {
    return this.len() === 0;
  }

  /** How many were ever recorded. */
  total_count() {
    return BigInt(this._live() && this._total.count);
  }

  /**
   * The one recorded `index` before the last that is still held: 0 is the oldest.
   * @param {number} index
   * @returns {Trajectory}
   */
  get(index) {
    const held = this.len();
    integer(index, 'index', 0, held - 1);
    const at = (this._total.count - held + index) % this._capacity;
    const [operator, attention, executionMs, baselineMs] = this._records.subarray(at * 4, at * 4 + 4);
    const improvement = baselineMs / executionMs - 1;
    const embedding = this._embeddings.slice(at * this._dim, (at + 1) * this._dim);
    const quality = Math.min(1, (improvement + 1) / 2);
    return { embedding, operator, attention, executionMs, baselineMs, improvement, quality };
  }

  /** Figures of the executions held. */
  window() {
    const tally = new Tally();
    for (let i = 0, n = this.len(); i < n; ++i) {
      const [, attention, execution, baseline] = this._records.subarray(i * 4, i * 4 + 4);
      tally.add(baseline / execution - 1, attention);
    }
    return tally.read();
  }

  /** Figures of all executions since the beginning. */
  lifetime() {
    this._live();
    return this._total.read();
  }

  success_rate() {
    return this.window().successRate;
  }

  best_improvement() {
    return this.window().bestImprovement;
  }

  mean_improvement() {
    return this.window().meanImprovement;
  }

  best_attention() {
    return this.window().bestAttention;
  }

  variance() {
    return this.window().variance;
  }

  /**
   * How many held have a quality above the threshold; 0.5 means faster than the baseline.
   * @param {number} threshold
   */
  high_quality_count(threshold) {
    number(threshold, 'threshold', -3.4e38);
    return this._count((_, __, execution, baseline) => Math.min(1, baseline / execution / 2) > threshold);
  }

  /** @param {number} op_type */
  count_by_operator(op_type) {
    integer(op_type, 'op_type', 0, 16);
    return this._count((operator) => operator === op_type);
  }

  /**
   * @param {(operator: number, attention: number, execution: number, baseline: number) => boolean} test
   * @protected
   */
  _count(test) {
    let count = 0;
    for (let i = 0, n = this.len(), r = this._records; i < n; ++i) {
      if (test(r[i * 4], r[i * 4 + 1], r[i * 4 + 2], r[i * 4 + 3])) ++count;
    }
    return count;
  }

  /** Empty, with all figures anew. */
  reset() {
    this._live();
    this._total = new Tally();
  }
}
