// Answering: streams answers of the base or of an adapter to the page. Training waits meanwhile.

/**
 * @typedef {{ id: number, messages: { role: string, content: string }[], adapter: string | null, strength: number,
 *   options: NonNullable<Parameters<import('loralab').Model['chat']>[1]> }} ChatRequest
 */

export class Answering {
  /** @type {AbortController | undefined} */
  #answer;
  #lab;

  /** @param {import('./lab.js').Lab} lab */
  constructor(lab) {
    this.#lab = lab;
  }

  /** @param {ChatRequest} request */
  async chat({ id, messages, adapter, strength, options }) {
    const lab = this.#lab, controller = new AbortController();
    this.#answer = controller;
    const release = lab.training.hold();
    try {
      return await lab.turns.take(async () => {
        const with_ = await lab.adapters.find(adapter);
        lab.emit('answering', { id, step: adapter === 'live' ? lab.training.step : null });
        const onPrefill = (/** @type {object} */ progress) => lab.emit('reading', { id, ...progress });
        let last, tokens = 0;
        for await (const token of lab.model.chat(messages, { ...options, adapter: with_, strength, signal: controller.signal, onPrefill })) {
          if (token.text) lab.emit('token', { id, text: token.text });
          last = token;
          ++tokens;
        }
        return { reason: last?.reason, stats: { ...last?.stats, tokens } };
      });
    } finally {
      release();
    }
  }

  /** A short text of the adapter in training. @param {string} prompt @returns {Promise<string>} */
  sample(prompt) {
    return this.#lab.turns.take(async () => {
      const { model, training } = this.#lab, options = { maxTokens: 48, adapter: training.run };
      let text = '';
      for await (const token of model.info.chat ? model.chat([{ role: 'user', content: prompt }], options) : model.generate(prompt, options)) text += token.text;
      return text.trim();
    });
  }

  stop() {
    this.#answer?.abort();
  }
}
