import { number, refuse } from './errors.js';
import { Handle, check, toFloats } from './handle.js';
import { readAdapter, writeAdapter } from './json.js';
import { ready, wasm, words, floats } from './module.js';
import { stageGradient } from './online.js';
import { FEED_FORWARD, countRows, runRows } from './rows.js';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraStatsWasm } from './ruvllm-values.js';

export { init as default, initSync, reserve } from './module.js';
export { MicroLoraError } from './errors.js';
export { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraStatsWasm };

/** @typedef {import('./handle.js').Vector} Vector */

const REFERENCE_RATE = 0.01;

/**
 * An adapter that gathers feedback on its outputs and learns when told to. `apply` gives the delta alone:
 * alpha / rank * (x A) B. The contract of the ruvllm-wasm guide, with its promises kept.
 */
export class MicroLoraWasm extends Handle {
  /** @param {MicroLoraConfigWasm} config stays usable; later changes to it do not count */
  constructor(config) {
    if (!(config instanceof MicroLoraConfigWasm)) refuse('type', 'config', 'a MicroLoraConfigWasm', config);
    const { inFeatures, outFeatures, rank, alpha, seed, clip } = config;
    super(ready().feed_new(inFeatures, outFeatures, rank, alpha, seed));
    /** @protected */ this._seed = seed;
    /** @protected */ this._clip = clip;
  }

  /**
   * The delta for one input.
   * @param {Vector} input
   * @param {Float32Array} [out] receives the result instead of a new array
   * @returns {Float32Array}
   */
  apply(input, out) {
    const status = wasm.feed_forward(this._put(input, 'input'));
    if (status) check(status, 'input', input);
    return this._take(out);
  }

  /** The same from `input` to `output`, without a copy. */
  forward() {
    check(wasm.feed_forward(this._live()), 'input', this.input);
  }

  /**
   * Deltas for rows [n][inFeatures] in one array.
   * @param {Vector} inputs
   * @param {Float32Array} [out]
   * @returns {Float32Array}
   */
  forwardBatch(inputs, out) {
    const x = toFloats(inputs, 'inputs'), n = this._in, m = this._out;
    out ??= new Float32Array(countRows(x, 'inputs', n) * m);
    runRows({ p: this._live(), n, m }, FEED_FORWARD, x, { out });
    return out;
  }

  /**
   * Feedback on the output that was served for this input. With a `gradient` in the feedback that is used;
   * else the quality alone, from which the adapter learns by trying: see the README for what to expect.
   * @param {Vector} input
   * @param {AdaptFeedbackWasm} feedback
   */
  adapt(input, feedback) {
    if (!(feedback instanceof AdaptFeedbackWasm)) refuse('type', 'feedback', 'an AdaptFeedbackWasm', feedback);
    const { quality, gradient } = feedback, weight = feedback.learningRate / REFERENCE_RATE;
    const p = this._put(input, 'input');
    if (!gradient) {
      const status = wasm.feed_adapt(p, quality, weight);
      if (status) check(status, 'input', input);
      return;
    }
    stageGradient(gradient, this._out, 1);
    check(wasm.feed_gradient(p, quality, weight, this._clip), 'input or gradient', [...input, ...gradient]);
  }

  /**
   * One quality for each row [n][inFeatures]; the outputs must have been served by the present weights.
   * @param {Vector} inputs
   * @param {Vector} qualities
   * @param {number} [learningRate]
   */
  adaptBatch(inputs, qualities, learningRate = REFERENCE_RATE) {
    const x = toFloats(inputs, 'inputs'), q = toFloats(qualities, 'qualities');
    const n = this._in, weight = number(learningRate, 'learningRate', 0, 1e12) / REFERENCE_RATE;
    this._live();
    if (q.length !== countRows(x, 'inputs', n)) refuse('length', 'qualities', `${x.length / n} numbers`, q.length);
    q.forEach((v) => number(v, 'quality', 0, 1));
    if (!x.every((v) => Math.abs(v) <= 1e12)) refuse('finite', 'inputs', 'finite numbers up to 1e12', 'others');
    const view = this.input;
    for (let i = 0; i < q.length; ++i) {
      view.set(x.subarray(i * n, i * n + n));
      wasm.feed_adapt(this._p, q[i], weight);
    }
  }

  /**
   * Learns from the feedback since the last call. 0.01 is the usual rate; 0 changes nothing.
   * @param {number} learningRate
   */
  applyUpdates(learningRate) {
    wasm.feed_update(this._live(), number(learningRate, 'learningRate', 0, 1e12));
  }

  /** Weights, feedback and statistics as in the beginning. */
  reset() {
    wasm.feed_reset(this._live());
  }

  /** Feedback since the last `applyUpdates`. */
  pendingUpdates() {
    const [gradient, counts] = [1, 0].map((part) => wasm.feed_part(this._live(), part));
    return words(gradient + 8, 1)[0] + words(counts + 12, 1)[0];
  }

  stats() {
    const at = wasm.feed_part(this._live(), 0), samples = words(at + 8, 1)[0];
    const [sum] = new Float64Array(wasm.memory.buffer, at, 1);
    const parameters = this._rank * (this._in + this._out);
    return new MicroLoraStatsWasm(samples, samples && sum / samples, parameters * 4, parameters);
  }

  /** What the adapter was made with. */
  getConfig() {
    const config = new MicroLoraConfigWasm();
    const [scale] = floats((this._live(), this._adapter + 12), 1);
    return Object.assign(config, { rank: this._rank, alpha: scale * this._rank, inFeatures: this._in,
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
    return readAdapter(json, (rank, inFeatures, outFeatures, alpha, seed) => {
      const lora = new MicroLoraWasm(Object.assign(new MicroLoraConfigWasm(), { rank, alpha, inFeatures, outFeatures, seed }));
      return [lora, lora._p, lora._adapter];
    });
  }

  /** |alpha / rank * A B|, the Frobenius norm of the weight change. */
  deltaNorm() {
    return /** @type {number} */ (wasm.norm(this._live() && this._adapter));
  }
}
