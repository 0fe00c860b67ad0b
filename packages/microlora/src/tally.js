// Figures of a stream of improvements, kept up one by one.

/**
 * @typedef {object} Statistics
 * @property {number} count
 * @property {number} successRate share of executions that beat their baseline
 * @property {number} meanImprovement baseline / execution - 1: 1 means twice as fast
 * @property {number} variance of the improvements
 * @property {number} bestImprovement the largest one, also if it is negative; 0 if there is none
 * @property {number} bestAttention the attention type with the highest mean improvement; 0 if there is none
 */

/** Running figures of improvements. */
export class Tally {
  count = 0;
  success = 0;
  mean = 0;
  squares = 0;
  best = -Infinity;
  sums = new Float64Array(256);
  counts = new Uint32Array(256);

  /**
   * @param {number} improvement
   * @param {number} attention
   */
  add(improvement, attention) {
    const difference = improvement - this.mean; // Welford's update
    this.mean += difference / ++this.count;
    this.squares += difference * (improvement - this.mean);
    if (improvement > 0) ++this.success;
    if (improvement > this.best) this.best = improvement;
    this.sums[attention] += improvement;
    ++this.counts[attention];
  }

  /** @returns {Statistics} */
  read() {
    let best = -1, at = 0;
    this.counts.forEach((n, i) => {
      if (n && (at === 0 && best < 0 || this.sums[i] / n > this.sums[at] / this.counts[at])) (at = i), (best = 0);
    });
    return {
      count: this.count,
      successRate: this.count && this.success / this.count,
      meanImprovement: this.mean,
      variance: this.count > 1 ? this.squares / (this.count - 1) : 0,
      bestImprovement: this.count ? this.best : 0,
      bestAttention: at,
    };
  }
}
