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

/**
 * Running figures of improvements.
 * @internal
 */
export class Tally {
  _count = 0;
  _wins = 0;
  _mean = 0;
  _squares = 0;
  _best = -Infinity;
  /** @type {[sum: number, count: number][]} by attention type */
  _types = [];

  /** @param {import('./trajectory.js').Trajectory} trajectory */
  _add({ improvement, attention }) {
    const difference = improvement - this._mean; // Welford's update
    this._mean += difference / ++this._count;
    this._squares += difference * (improvement - this._mean);
    if (improvement > 0) ++this._wins;
    this._best = Math.max(this._best, improvement);
    const type = (this._types[attention] ??= [0, 0]);
    type[0] += improvement;
    ++type[1];
  }

  /** @returns {Statistics} */
  _read() {
    const count = this._count;
    let bestAttention = 0, most = -Infinity;
    this._types.forEach(([sum, n], type) => {
      if (sum / n > most) (most = sum / n), (bestAttention = type);
    });
    return {
      count,
      successRate: count && this._wins / count,
      meanImprovement: this._mean,
      variance: count > 1 ? this._squares / (count - 1) : 0,
      bestImprovement: count && this._best,
      bestAttention,
    };
  }
}
