// Model: a loaded model that completes texts, answers, takes adapters and learns.
import { throwIfAborted } from './errors.js';
import { bytesOf } from './bytes.js';
import { TrainingRun } from './run.js';

/**
 * @typedef {object} GenerateOptions
 * @property {number} [maxTokens] 256 @property {number} [temperature] 0: always the likeliest token
 * @property {number} [topK] @property {number} [topP] @property {number} [minP] @property {number} [repetitionPenalty]
 * @property {number} [seed] @property {string[]} [stop] texts that end the answer
 * @property {number} [context] room to keep for the conversation, 2048
 * @property {AbortSignal} [signal]
 *
 * @typedef {object} Token
 * @property {string} text what is certain by now, maybe ""
 * @property {number} id
 * @property {string} [reason] of the last token: end_of_text, max_tokens, stop_text, context_full
 * @property {{ promptTokens: number, prefillTokens: number, prefillS: number, decodeS: number }} [stats] with the last token
 *
 * @typedef {{ role: string, content: string }} Message
 */

/** @param {Blob | ArrayBuffer | Uint8Array | string} corpus @param {string} [name] @returns {Promise<import('./protocol.js').FileBytes>} */
async function corpusFile(corpus, name) {
  const path = `corpus/${name ?? (corpus instanceof Blob && 'name' in corpus ? corpus.name : 'corpus.jsonl')}`;
  return { path, bytes: await bytesOf(corpus) };
}

export class Model {
  #channel;
  #model;

  /** @internal @param {import('./protocol.js').Channel} channel @param {any} info */
  constructor(channel, { model, memoryBytes, ...info }) {
    this.#channel = channel;
    this.#model = model;
    /** family, layers, hidden, vocab, max_positions, chat (has it a chat template?) */
    this.info = info;
    /** What the engine's memory has grown to with this model. */
    this.memoryBytes = memoryBytes;
  }

  /** @param {object} request @param {import('./protocol.js').FileBytes[]} [files] */
  async #call(request, files = []) {
    const { answer } = await this.#channel.request('call', { request: { ...request, model: this.#model }, files });
    return answer;
  }

  /** @param {string} text @param {{ parseSpecial?: boolean, addSpecial?: boolean }} [options] @returns {Promise<number[]>} */
  async tokenize(text, { parseSpecial = false, addSpecial = false } = {}) {
    return (await this.#call({ do: 'tokenize', text, parse_special: parseSpecial, add_special: addSpecial })).ids;
  }

  /** @param {number[]} ids @returns {Promise<string>} */
  async detokenize(ids) {
    return (await this.#call({ do: 'detokenize', ids })).text;
  }

  /** Completes a text (or ids). @param {string | number[]} prompt @param {GenerateOptions} [options] */
  generate(prompt, options) {
    return this.#generate(typeof prompt === 'string' ? { text: prompt } : { ids: prompt }, options);
  }

  /** Answers a conversation. @param {Message[]} messages @param {GenerateOptions} [options] */
  chat(messages, options) {
    return this.#generate({ messages }, options);
  }

  /** @param {object} prompt @param {GenerateOptions} [options] @returns {AsyncGenerator<Token, void, void>} */
  async *#generate(prompt, { maxTokens = 256, context = 2048, topK, topP, minP, repetitionPenalty, temperature, seed, stop, signal } = {}) {
    throwIfAborted(signal);
    const options = { max_tokens: maxTokens, context, top_k: topK, top_p: topP, min_p: minP, repetition_penalty: repetitionPenalty, temperature, seed, stop };
    const begun = await this.#call({ do: 'generate', ...prompt, ...options });
    try {
      for (let over = false; !over;) {
        throwIfAborted(signal);
        const next = await this.#call({ do: 'next', generation: begun.generation });
        over = next.over;
        const stats = { promptTokens: begun.prompt_tokens, prefillTokens: begun.prefill_tokens, prefillS: begun.prefill_s, decodeS: next.decode_s };
        yield over ? { text: next.text, id: next.id, reason: next.reason, stats } : { text: next.text, id: next.id };
      }
    } finally {
      await this.#channel.request('call', { request: { do: 'close', generation: begun.generation } }).catch(() => {});
    }
  }

  /**
   * Answers come from the base with this adapter from now on, or from the base alone after null.
   * @param {Blob | ArrayBuffer | Uint8Array | null} adapter a GGUF adapter, or the bytes of adapter_model.safetensors
   * @param {{ config?: string | object }} [options] the adapter_config.json that goes with safetensors
   */
  async loadAdapter(adapter, { config } = {}) {
    if (adapter === null) return void (await this.#call({ do: 'load_adapter' }));
    const bytes = await bytesOf(adapter);
    const isGguf = new TextDecoder().decode(bytes.slice(0, 4)) === 'GGUF';
    const path = isGguf ? 'adapter/adapter.gguf' : 'adapter/adapter_model.safetensors';
    const files = [{ path, bytes }];
    if (config) files.push({ path: 'adapter/adapter_config.json', bytes: await bytesOf(typeof config === 'string' ? config : JSON.stringify(config)) });
    await this.#call({ do: 'load_adapter', path }, files);
  }

  /**
   * Begins to train an adapter; iterate over what it returns to train.
   * @param {{ corpus: Blob | ArrayBuffer | Uint8Array | string, name?: string, checkpoint?: Blob | ArrayBuffer | Uint8Array } & Record<string, any>} options `name` ends in .jsonl,
   *   .txt or .md and says what the corpus is; `checkpoint`, of a run's checkpoint(), goes on with that run and its settings;
   *   the rest are settings: rank, alpha, steps, context, lr, ...
   * @returns {Promise<TrainingRun>}
   */
  async train({ corpus, name, checkpoint, ...settings }) {
    const files = [await corpusFile(corpus, name)];
    if (checkpoint) files.push({ path: 'resumed/checkpoint.safetensors', bytes: await bytesOf(checkpoint) });
    const begun = await this.#call({ do: 'train', settings: { ...settings, data: files[0].path }, checkpoint: checkpoint && 'resumed' }, files);
    return new TrainingRun(this.#channel, begun);
  }

  /**
   * Time and memory of a run before it starts; takes some seconds, in which the real kernels are timed.
   * @param {{ corpus: Blob | ArrayBuffer | Uint8Array | string, name?: string } & Record<string, any>} options as for train()
   * @returns {Promise<{ fits: boolean, reasons: string[], eta_s: number, tokens_per_s: number, peak_bytes: number, recompute: boolean,
   *   flops_per_token: number, parameters: number, samples: number, tokens: number }>}
   */
  async plan({ corpus, name, ...settings }) {
    const file = await corpusFile(corpus, name);
    return this.#call({ do: 'plan', settings: { ...settings, data: file.path } }, [file]);
  }

  async dispose() {
    await this.#call({ do: 'close' });
  }
}
