// The small objects of the ruvllm face: configuration, feedback, statistics.
import { integer, number, refuse } from './errors.js';
import { Disposable, toFloats } from './handle.js';
import { dimension } from './layout.js';

/** How an adapter is to be made. */
export class MicroLoraConfigWasm extends Disposable {
  #rank = 2;
  #alpha = 4;
  #inFeatures = 768;
  #outFeatures = 768;
  #seed = 0;
  #clip = 10;

  /** 1 to 4; what is beyond is taken to the nearest of them. */
  get rank() {
    return this._live() && this.#rank;
  }
  set rank(value) {
    this._live();
    if (typeof value !== 'number') refuse('type', 'rank', 'a number', value);
    this.#rank = Math.min(4, Math.max(1, Math.trunc(value) || 1));
  }

  /** The delta is scaled by alpha / rank. */
  get alpha() {
    return this._live() && this.#alpha;
  }
  set alpha(value) {
    this._live();
    this.#alpha = Math.fround(number(value, 'alpha', -1e12, 1e12));
  }

  get inFeatures() {
    return this._live() && this.#inFeatures;
  }
  set inFeatures(value) {
    this._live();
    this.#inFeatures = dimension(value, 'inFeatures');
  }

  get outFeatures() {
    return this._live() && this.#outFeatures;
  }
  set outFeatures(value) {
    this._live();
    this.#outFeatures = dimension(value, 'outFeatures');
  }

  /** Of the starting weights and of exploration. */
  get seed() {
    return this._live() && this.#seed;
  }
  set seed(value) {
    this._live();
    this.#seed = integer(value, 'seed', 0, Number.MAX_SAFE_INTEGER);
  }

  /** A longer gradient in a feedback is scaled down to this length. */
  get clip() {
    return this._live() && this.#clip;
  }
  set clip(value) {
    this._live();
    this.#clip = number(value, 'clip', 1e-30, 1e30);
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
  #quality = 0;
  #learningRate = 0.01;
  /** @type {Float32Array | null} */
  #gradient = null;

  /** @param {number} quality 0 to 1; what is beyond is taken to the nearer end */
  constructor(quality) {
    super();
    this.quality = quality;
  }

  get quality() {
    return this._live() && this.#quality;
  }
  set quality(value) {
    this._live();
    if (typeof value !== 'number' || value !== value) refuse('type', 'quality', 'a number from 0 to 1', value);
    this.#quality = Math.min(1, Math.max(0, value));
  }

  /** How much this feedback weighs; 0.01 is once. */
  get learningRate() {
    return this._live() && this.#learningRate;
  }
  set learningRate(value) {
    this._live();
    this.#learningRate = number(value, 'learningRate', 0, 1e12);
  }

  /** dL/doutput where it is known, else null; a copy is kept. */
  get gradient() {
    this._live();
    return this.#gradient;
  }
  set gradient(value) {
    this._live();
    this.#gradient = value && toFloats(value, 'gradient').slice();
  }
}

/** What an adapter has seen. */
export class MicroLoraStatsWasm extends Disposable {
  #values;

  /**
   * @param {number} samplesSeen
   * @param {number} avgQuality
   * @param {number} memoryBytes
   * @param {number} paramCount
   */
  constructor(samplesSeen, avgQuality, memoryBytes, paramCount) {
    super();
    this.#values = { samplesSeen, avgQuality, memoryBytes, paramCount };
  }

  get samplesSeen() {
    return this._live() && this.#values.samplesSeen;
  }
  get avgQuality() {
    return this._live() && this.#values.avgQuality;
  }
  /** Bytes of A and B. */
  get memoryBytes() {
    return this._live() && this.#values.memoryBytes;
  }
  get paramCount() {
    return this._live() && this.#values.paramCount;
  }

  toJson() {
    return JSON.stringify({ samples_seen: this.samplesSeen, avg_quality: this.avgQuality,
      memory_bytes: this.memoryBytes, param_count: this.paramCount });
  }
}
