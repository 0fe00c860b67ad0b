// The small objects of the ruvllm face: configuration, feedback, statistics.
import { LARGE, MOST, number, refuse } from './errors.js';
import { Disposable } from './handle.js';
import { dimension } from './memory.js';
import { toFloats } from './values.js';

/** How an adapter is to be made. */
export class MicroLoraConfigWasm extends Disposable {
  constructor() {
    super({ rank: 2, alpha: 4, inFeatures: 768, outFeatures: 768, seed: 0, clip: 10 });
  }

  /** 1 to 4; what is beyond is taken to the nearest of them. @returns {number} */
  get rank() {
    return this._live().rank;
  }
  set rank(value) {
    if (typeof value !== 'number') refuse('type', 'rank', 'a number', value);
    this._live().rank = Math.min(4, Math.max(1, Math.trunc(value) || 1));
  }

  /** The delta is scaled by alpha / rank. @returns {number} */
  get alpha() {
    return this._live().alpha;
  }
  set alpha(value) {
    this._live().alpha = Math.fround(number(value, 'alpha', -LARGE, LARGE));
  }

  /** @returns {number} */
  get inFeatures() {
    return this._live().inFeatures;
  }
  set inFeatures(value) {
    this._live().inFeatures = dimension(value, 'inFeatures');
  }

  /** @returns {number} */
  get outFeatures() {
    return this._live().outFeatures;
  }
  set outFeatures(value) {
    this._live().outFeatures = dimension(value, 'outFeatures');
  }

  /** Of the starting weights and of exploration. @returns {number} */
  get seed() {
    return this._live().seed;
  }
  set seed(value) {
    this._live().seed = number(value, 'seed', 0, MOST, true);
  }

  /** A longer gradient in a feedback is scaled down to this length. @returns {number} */
  get clip() {
    return this._live().clip;
  }
  set clip(value) {
    this._live().clip = number(value, 'clip', 1e-30, 1e30);
  }

  /** Bytes of A and B. */
  memoryBytes() {
    return (this.inFeatures + this.outFeatures) * this.rank * 4;
  }

  computeScaling() {
    return Math.fround(this.alpha / this.rank);
  }
}

/** What a user or a loss says about one output. */
export class AdaptFeedbackWasm extends Disposable {
  /** @param {number} quality 0 to 1; what is beyond is taken to the nearer end */
  constructor(quality) {
    super({ learningRate: 0.01, gradient: null });
    this.quality = quality;
  }

  /** @returns {number} */
  get quality() {
    return this._live().quality;
  }
  set quality(value) {
    if (typeof value !== 'number' || value !== value) refuse('type', 'quality', 'a number from 0 to 1', value);
    this._live().quality = Math.min(1, Math.max(0, value));
  }

  /** How much this feedback weighs; 0.01 is once. @returns {number} */
  get learningRate() {
    return this._live().learningRate;
  }
  set learningRate(value) {
    this._live().learningRate = number(value, 'learningRate', 0, LARGE);
  }

  /** dL/doutput where it is known, else null; a copy is kept. @returns {Float32Array | null} */
  get gradient() {
    return this._live().gradient;
  }
  set gradient(value) {
    this._live().gradient = value && toFloats(value, 'gradient').slice();
  }
}

/** What an adapter has seen. */
export class MicroLoraStatsWasm extends Disposable {
  /** @returns {number} */
  get samplesSeen() {
    return this._live().samples_seen;
  }
  /** @returns {number} */
  get avgQuality() {
    return this._live().avg_quality;
  }
  /** Bytes of A and B. @returns {number} */
  get memoryBytes() {
    return this._live().memory_bytes;
  }
  /** @returns {number} */
  get paramCount() {
    return this._live().param_count;
  }

  toJson() {
    return JSON.stringify(this._live());
  }
}
