// Figures: the numbers of a run as of its last step.

export class Figures {
  step = 0;
  steps = 0;
  tokens = 0;
  loss = NaN;
  firstLoss = NaN;
  tokensPerS = NaN;
  etaS = NaN;
  /** Seconds in steps and validations; not those in which the run waited. */
  trainingS = 0;
  /** Steps between validations; 0: only the first and the last. Not a number: nothing is held out. */
  evalEvery = NaN;
  /** Seconds of the last validation. */
  #validationS = 0;
  valFirst = NaN;
  valLast = NaN;

  /** @param {object} plain */
  static of(plain) {
    return Object.assign(new Figures(), plain);
  }

  /** @param {{ step: number, tokens: number, loss: number, tokens_per_s: number, seconds: number, val_loss?: number | null }} record */
  stepped({ step, tokens, loss, tokens_per_s: now, seconds, val_loss: judged }) {
    this.trainingS += seconds;
    const besideStep = seconds - (tokens - this.tokens) / now;
    if (judged !== undefined || step === 1) this.#validationS = Math.max(0, besideStep);
    // The last steps count most, so that a change of speed shows soon.
    this.tokensPerS = Number.isFinite(this.tokensPerS) ? 0.8 * this.tokensPerS + 0.2 * now : now;
    if (step === 1) this.firstLoss = loss;
    Object.assign(this, { step, tokens, loss });
    this.etaS = step < 3 ? NaN : ((this.steps - step) * (tokens / step)) / this.tokensPerS + this.#validationsLeft() * this.#validationS;
  }

  #validationsLeft() {
    const { step, steps, evalEvery: every } = this;
    if (Number.isNaN(every) || step >= steps) return 0;
    return every === 0 ? 1 : Math.ceil(steps / every) - Math.floor(step / every);
  }

  /** @param {number} step @param {number} loss */
  validated(step, loss) {
    if (step === 0) this.valFirst = loss;
    this.valLast = loss;
  }
}
