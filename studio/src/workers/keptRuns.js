// KeptRuns: the runs that the browser keeps for this page: what can go on, and what is to be forgotten.
import { Runs } from 'loralab';

/** @typedef {{ step: number, steps: number, complete: boolean, open: boolean, losses: Loss[], valLosses: Loss[] }} Kept @typedef {{ step: number, loss: number }} Loss */

export class KeptRuns {
  #runs = new Runs();
  #lab;

  /** @param {import('./lab.js').Lab} lab */
  constructor(lab) {
    this.#lab = lab;
  }

  /** By their ids. @returns {Promise<Record<string, Kept>>} */
  async list() {
    const list = await this.#runs.list();
    return Object.fromEntries(list.map(({ id, step, steps, complete, open, losses, valLosses }) => [id, { step, steps, complete, open, losses, valLosses }]));
  }

  /** When no tab has it open any more. @param {string} id */
  closed(id) {
    return this.#runs.closed(id);
  }

  /** @param {string} id @returns {Promise<{ name: string, bytes: ArrayBuffer }>} */
  async corpus(id) {
    const file = await this.#runs.corpus(id);
    return { name: file.name, bytes: await file.arrayBuffer() };
  }

  /** Forgets a run, if it is kept and no other tab has it open. @param {string} id */
  async remove(id) {
    await this.#lab.adapters.remove(id);
    await this.#runs.remove(id).catch((error) => { if (error.code !== 'not_found') throw error; });
  }
}
