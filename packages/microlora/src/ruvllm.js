import { LARGE, number, refuse } from './errors.js';
import { Handle } from './handle.js';
import { qualitySum, readAdapter, writeAdapter } from './json.js';
import { floats, ready, wasm, words } from './module.js';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraStatsWasm } from './ruvllm-values.js';
import { check, toFinite, toFloats } from './values.js';

export { init as default, initSync, reserve } from './module.js';
export { MicroLoraError } from './errors.js';
export { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraStatsWasm };

/** @typedef {import('./values.js').Vector} Vector */

const REFERENCE_RATE = 0.01;
/** The module's row function. */
const FORWARD = 0;

/**
 * An adapter that gathers feedback on its outputs and learns when told to. `apply` gives the delta alone:
 * alpha / rank * (x A) B. The contract of the ruvllm-wasm guide, with its promises kept.
 */
export class MicroLoraWasm extends Handle {
  /** @internal */ _seed;
  /** @internal */ _clip;

  /** @param {MicroLoraConfigWasm} config stays usable; later changes to it do not count */
  constructor(config) {
    if (!(config instanceof MicroLoraConfigWasm)) refuse('type', 'config', 'a MicroLoraConfigWasm', config);
    const { inFeatures, outFeatures, rank, alpha, seed, clip } = config;
    super(ready().feed_new(inFeatures, outFeatures, rank, alpha, seed));
    this._seed = seed;
    this._clip = clip;
  }

  /**
   * The delta for one input.
   * @param {Vector} input
   * @param {Float32Array} [out] receives the result instead of a new array
   * @returns {Float32Array}
   */
  apply(input, out) {
    return this._take(wasm.feed_forward(this._put(input)), out);
  }

  /** The same from `input` to `output`, without a copy. */
  forward() {
    if (wasm.feed_forward(this._live())) check(1, 'input', this.input);
  }

  /**
   * Deltas for rows [n][inFeatures] in one array.
   * @param {Vector} inputs
   * @param {Float32Array} [out]
   * @returns {Float32Array}
   */
  forwardBatch(inputs, out) {
    return this._rows(FORWARD, inputs, out);
  }

  /**
   * Feedback on the output that was served for this input. With a `gradient` in the feedback that is used;
   * else the quality alone, from which the adapter learns by trying: see the README for what to expect.
   * @param {Vector} input
   * @param {AdaptFeedbackWasm} feedback
   */
  adapt(input, feedback) {
    if (!(feedback instanceof AdaptFeedbackWasm)) refuse('type', 'feedback', 'an AdaptFeedbackWasm', feedback);
    const { quality, gradient, learningRate } = feedback, weight = learningRate / REFERENCE_RATE, p = this._put(input);
    if (!gradient) return check(wasm.feed_adapt(p, quality, weight), 'input', this._x);
    this._stage(toFloats(gradient, 'gradient', this._out));
    check(wasm.feed_gradient(p, quality, weight, this._clip), 'input or gradient', Float32Array.of(...this._x, ...gradient));
  }

  /**
   * One quality for each row [n][inFeatures]; the outputs must have been served by the present weights.
   * @param {Vector} inputs
   * @param {Vector} qualities
   * @param {number} [learningRate]
   */
  adaptBatch(inputs, qualities, learningRate = REFERENCE_RATE) {
    const q = toFloats(qualities, 'qualities'), n = this._in, x = toFinite(inputs, 'inputs', (q.length || 1) * n);
    const weight = number(learningRate, 'learningRate', 0, LARGE) / REFERENCE_RATE;
    q.forEach((v) => number(v, 'quality', 0, 1));
    q.forEach((v, i) => wasm.feed_adapt(this._put(x.subarray(i * n, i * n + n)), v, weight));
  }

  /**
   * Learns from the feedback since the last call. 0.01 is the usual rate; 0 changes nothing.
   * @param {number} learningRate
   */
  applyUpdates(learningRate) {
    wasm.feed_update(this._live(), number(learningRate, 'learningRate', 0, LARGE));
  }

  /** Weights, feedback and statistics as in the beginning. */
  reset() {
    wasm.feed_reset(this._live());
  }

  /** Feedback since the last `applyUpdates`. */
  pendingUpdates() {
    const [scores, , , gathered] = words(wasm.feed_state(this._live()) + 12, 4);
    return scores + gathered;
  }

  stats() {
    const at = wasm.feed_state(this._live()), [samples_seen] = words(at + 8, 1), param_count = this._rank * (this._in + this._out);
    return new MicroLoraStatsWasm({ samples_seen, avg_quality: samples_seen && qualitySum(at)[0] / samples_seen,
      memory_bytes: param_count * 4, param_count });
  }

  /** What the adapter was made with. */
  getConfig() {
    const [scale] = floats((this._live(), this._adapter + 12), 1);
    return Object.assign(new MicroLoraConfigWasm(), { rank: this._rank, alpha: scale * this._rank, inFeatures: this._in,
      outFeatures: this._out, seed: this._seed, clip: this._clip });
  }

  /** Everything as JSON in the published package's layout, plus a version and the state of exploration. */
  toJson() {
    return writeAdapter(this._live(), this._adapter, this._seed);
  }

  /**
   * Reads JSON of this or the published package. Every length is checked.
   * @param {string} json
   * @returns {MicroLoraWasm}
   */
  static fromJson(json) {
    return readAdapter(json, (config) => new MicroLoraWasm(Object.assign(new MicroLoraConfigWasm(), config)));
  }

  /** |alpha / rank * A B|, the Frobenius norm of the weight change. */
  deltaNorm() {
    return this._norm();
  }
}
