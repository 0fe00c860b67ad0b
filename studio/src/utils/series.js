// Series: a run's losses in plain typed arrays, which grow, and are smoothed as they come.

const WEIGHT = 0.9;

export class Series {
  length = 0;
  steps = new Float64Array(256);
  losses = new Float64Array(256);
  smoothed = new Float64Array(256);
  /** @type {{ step: number, loss: number }[]} */
  validations = [];
  #average = 0;
  #weight = 1;

  /** @param {number} step @param {number} loss */
  push(step, loss) {
    if (this.length === this.steps.length) this.#grow();
    // An average from zero on, divided by how much of it is data: the first value is not pulled towards zero.
    this.#average = WEIGHT * this.#average + (1 - WEIGHT) * loss;
    this.#weight *= WEIGHT;
    this.steps[this.length] = step;
    this.losses[this.length] = loss;
    this.smoothed[this.length++] = this.#average / (1 - this.#weight);
  }

  /** @param {number} step @param {number} loss */
  validate(step, loss) {
    this.validations.push({ step, loss });
  }

  get last() {
    return this.length ? { step: this.steps[this.length - 1], loss: this.losses[this.length - 1], smoothed: this.smoothed[this.length - 1] } : null;
  }

  /** The part before and at a step. @param {number} step */
  upTo(step) {
    const { steps, losses, validations } = this.toPlain();
    const count = steps.filter((at) => at <= step).length;
    return Series.from({ steps: steps.slice(0, count), losses: losses.slice(0, count), validations: validations.filter((v) => v.step <= step) });
  }

  /** What can be kept and made a Series again. */
  toPlain() {
    return { steps: this.steps.slice(0, this.length), losses: this.losses.slice(0, this.length), validations: this.validations.map((v) => ({ ...v })) };
  }

  /** @param {{ steps: ArrayLike<number>, losses: ArrayLike<number>, validations: { step: number, loss: number }[] }} plain */
  static from({ steps, losses, validations }) {
    const series = new Series();
    for (let i = 0; i < steps.length; ++i) series.push(steps[i], losses[i]);
    series.validations = [...validations];
    return series;
  }

  #grow() {
    for (const name of /** @type {const} */ (['steps', 'losses', 'smoothed'])) {
      const larger = new Float64Array(this[name].length * 2);
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}
