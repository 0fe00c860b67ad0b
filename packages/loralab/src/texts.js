// Texts: token ids and back, conversations, and what a corpus becomes; of a model or of a tokenizer alone.
import { bytesOf } from './bytes.js';

/**
 * @typedef {import('./bytes.js').Bytes} Bytes
 * @typedef {{ role: string, content: string }} Message
 * @typedef {import('./requests.js').Requests['corpus']['answered']} CorpusReport
 */

/** @param {Bytes} corpus @param {string} [name] @returns {Promise<import('./protocol.js').FileBytes>} */
export async function corpusFile(corpus, name) {
  const path = `corpus/${name ?? (corpus instanceof Blob && 'name' in corpus ? corpus.name : 'corpus.jsonl')}`;
  return { path, bytes: await bytesOf(corpus) };
}

export class Texts {
  #channel;
  #of;

  /** @internal @param {import('./protocol.js').Channel} channel @param {{ model: number } | { tokenizer: number }} of */
  constructor(channel, of) {
    this.#channel = channel;
    this.#of = of;
  }

  /**
   * The ids of a text. With `parseSpecial` the text of a control token is that token; with `addSpecial` there is around it
   * what the model puts there.
   * @param {string} text @param {{ parseSpecial?: boolean, addSpecial?: boolean }} [options] @returns {Promise<number[]>}
   */
  async tokenize(text, { parseSpecial = false, addSpecial = false } = {}) {
    return (await this.#channel.call({ do: 'tokenize', ...this.#of, text, parse_special: parseSpecial, add_special: addSpecial })).ids;
  }

  /** @param {number[]} ids @param {{ skipSpecial?: boolean }} [options] @returns {Promise<string>} */
  async detokenize(ids, { skipSpecial = false } = {}) {
    return (await this.#channel.call({ do: 'detokenize', ...this.#of, ids, skip_special: skipSpecial })).text;
  }

  /**
   * A conversation through the chat template: its text, and the ids that the model sees.
   * @param {Message[]} messages @param {{ addGenerationPrompt?: boolean }} [options] @returns {Promise<{ text: string, ids: number[] }>}
   */
  async applyTemplate(messages, { addGenerationPrompt = false } = {}) {
    const { text = '', ids } = await this.#channel.call({ do: 'tokenize', ...this.#of, messages, add_generation_prompt: addGenerationPrompt });
    return { text, ids };
  }

  /**
   * What a corpus becomes: samples, tokens, rows, tokens that are learnt, and a preview of its first documents in spans
   * that are `trained` or only read. Settings are those of train().
   * @param {{ corpus: Bytes, name?: string, previewDocuments?: number, previewTokens?: number } & Record<string, any>} options
   * @returns {Promise<CorpusReport>}
   */
  async corpus({ corpus, name, previewDocuments = 5, previewTokens = 512, ...settings }) {
    const file = await corpusFile(corpus, name);
    return this.#channel.call({ do: 'corpus', ...this.#of, settings: { ...settings, data: file.path }, documents: previewDocuments, tokens: previewTokens }, [file]);
  }
}

/** A tokenizer without a model. */
export class LoadedTokenizer extends Texts {
  #channel;
  #tokenizer;

  /** @internal @param {import('./protocol.js').Channel} channel @param {any} opened */
  constructor(channel, { tokenizer, vocab, chat }) {
    super(channel, { tokenizer });
    this.#channel = channel;
    this.#tokenizer = tokenizer;
    /** vocab, chat (has it a chat template?) */
    this.info = { vocab, chat };
  }

  async dispose() {
    await this.#channel.call({ do: 'close', tokenizer: this.#tokenizer });
  }
}
