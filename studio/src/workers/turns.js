// Turns: one piece of work with the engine at a time, in the order in which they were asked for.

export class Turns {
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * Runs `work` when everything asked for before has ended.
   * @template T @param {() => Promise<T>} work @returns {Promise<T>}
   */
  take(work) {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
