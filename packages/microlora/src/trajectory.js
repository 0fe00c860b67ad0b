import { number, refuse } from './errors.js';
import { Disposable } from './handle.js';
import { dimension } from './memory.js';
import { Tally } from './tally.js';
import { toFinite } from './values.js';

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

/** @param {unknown} op */
const operator = (op) => number(op, 'op_type', 0, 16, true);

/**
 * The last executions of queries. `success_rate()` and the other published names speak of the executions
 * in the buffer; `lifetime()` of all since the beginning or `reset()`.
 */
export class WasmTrajectoryBuffer extends Disposable {
  /** @internal @type {Trajectory[]} */ _held = [];
  /** @internal */ _total = new Tally();
  /** @internal */ _size;
  /** @internal */ _dim;

  /**
   * @param {number | null} [capacity] 1000
   * @param {number | null} [embedding_dim] 256
   */
  constructor(capacity, embedding_dim) {
    super(1);
    this._size = number(capacity ?? 1000, 'capacity', 1, 1e8, true);
    this._dim = dimension(embedding_dim ?? 256, 'embedding_dim');
    if (this._size * (this._dim + 8) * 4 > BYTES) refuse('memory', 'capacity', `trajectories of ${BYTES} bytes at most`, capacity);
  }

  /**
   * @param {import('./values.js').Vector} embedding
   * @param {number} op_type 0 to 16
   * @param {number} attention_type 0 to 255
   * @param {number} execution_ms above 0
   * @param {number} baseline_ms 0 or more
   */
  record(embedding, op_type, attention_type, execution_ms, baseline_ms) {
    const values = toFinite(embedding, 'embedding', this._dim).slice();
    this._live();
    const executionMs = number(execution_ms, 'execution_ms', 1e-9, 1e15), baselineMs = number(baseline_ms, 'baseline_ms', 0, 1e15);
    const improvement = baselineMs / executionMs - 1;
    /** @type {Trajectory} */
    const trajectory = { embedding: values, operator: operator(op_type), attention: number(attention_type, 'attention_type', 0, 255, true),
      executionMs, baselineMs, improvement, quality: Math.min(1, (improvement + 1) / 2) };
    this._held[this._total._count % this._size] = trajectory;
    this._total._add(trajectory);
  }

  /** How many the buffer holds now. */
  len() {
    return this._live() && this._held.length;
  }

  is_empty() {
    return !this.len();
  }

  /** How many were ever recorded. */
  total_count() {
    return BigInt(this._live() && this._total._count);
  }

  /**
   * One that is still held: 0 is the oldest.
   * @param {number} index
   * @returns {Trajectory}
   */
  get(index) {
    const held = this.len(), at = this._total._count - held + number(index, 'index', 0, held - 1, true);
    const found = this._held[at % this._size];
    return { ...found, embedding: found.embedding.slice() };
  }

  /** Figures of the executions held. */
  window() {
    const tally = new Tally();
    this._live();
    for (const trajectory of this._held) tally._add(trajectory);
    return tally._read();
  }

  /** Figures of all executions since the beginning. */
  lifetime() {
    this._live();
    return this._total._read();
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
    number(threshold, 'threshold', -3.4e38, 3.4e38);
    this._live();
    return this._held.filter(({ quality }) => quality > threshold).length;
  }

  /** @param {number} op_type */
  count_by_operator(op_type) {
    operator(op_type);
    this._live();
    return this._held.filter((t) => t.operator === op_type).length;
  }

  /** Empty, with all figures anew. */
  reset() {
    this._live();
    this._held = [];
    this._total = new Tally();
  }
}
