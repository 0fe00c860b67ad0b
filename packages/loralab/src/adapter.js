// Adapters: one that was loaded, and what a run has learnt as the files that other programs read.
import { joined } from './bytes.js';
import { zip } from './zip.js';

/** @typedef {Omit<import('./requests.js').Requests['load_adapter']['answered'], 'adapter'>} AdapterInfo */

/** An adapter that model.loadAdapter() read; give it to generate(), chat() and probe(). */
export class LoadedAdapter {
  #dispose;

  /** @internal @param {number} number @param {AdapterInfo} info @param {(adapter: LoadedAdapter) => Promise<void>} dispose */
  constructor(number, info, dispose) {
    /** @internal */
    this.number = number;
    /** rank, alpha, variant, targets, pairs, parameters, base_model */
    this.info = info;
    this.#dispose = dispose;
  }

  /** Gives its memory back. If answers came with it, they come from the base from now on. */
  async dispose() {
    await this.#dispose(this);
  }
}

/** @typedef {(path: string, take: string[], dtype?: string) => Promise<ArrayBuffer[][]>} Save writes and hands over files */

export class TrainedAdapter {
  /** @type {Save} */
  #save;

  /** @internal @param {Save} save */
  constructor(save) {
    this.#save = save;
  }

  /** @returns {Promise<{ weights: Uint8Array<ArrayBuffer>, config: Uint8Array<ArrayBuffer> }>} */
  async #peft() {
    const [weights, config] = await this.#save('trained', ['trained/adapter_model.safetensors', 'trained/adapter_config.json']);
    return { weights: joined(weights), config: joined(config) };
  }

  /** The bytes of PEFT's adapter_model.safetensors. */
  async toSafetensors() {
    return (await this.#peft()).weights;
  }

  /** PEFT's adapter_config.json, parsed. @returns {Promise<any>} */
  async config() {
    return JSON.parse(new TextDecoder().decode((await this.#peft()).config));
  }

  /** A zip archive with both files of PEFT's folder. */
  async toPeftZip() {
    const { weights, config } = await this.#peft();
    return zip([{ name: 'adapter_model.safetensors', bytes: weights }, { name: 'adapter_config.json', bytes: config }]);
  }

  /** The bytes of a GGUF adapter, as llama.cpp loads it. */
  async toGguf() {
    const [pieces] = await this.#save('trained.gguf', ['trained.gguf']);
    return joined(pieces);
  }
}

/** What a run of mode "full" has learnt: a whole model. It is large, so it comes as a Blob, which need not be in memory. */
export class TrainedModel {
  #save;

  /** @internal @param {Save} save */
  constructor(save) {
    this.#save = save;
  }

  /** model.safetensors. @param {{ dtype?: 'f32' | 'f16' | 'bf16' }} [options] of the matrices @returns {Promise<Blob>} */
  async toSafetensors({ dtype = 'f32' } = {}) {
    const [pieces] = await this.#save('trained', ['trained/model.safetensors'], dtype);
    return new Blob(pieces);
  }

  /** The files of a Hugging Face folder, but for the tokenizer's. @param {{ dtype?: 'f32' | 'f16' | 'bf16' }} [options] @returns {Promise<Record<string, Blob>>} */
  async toFolder({ dtype = 'f32' } = {}) {
    const [weights, config] = await this.#save('trained', ['trained/model.safetensors', 'trained/config.json'], dtype);
    return { 'model.safetensors': new Blob(weights), 'config.json': new Blob(config) };
  }

  /** A GGUF model, if the base came as one. @param {{ dtype?: 'f32' | 'f16' | 'bf16' | 'q8_0' }} [options] of the matrices @returns {Promise<Blob>} */
  async toGguf({ dtype = 'f32' } = {}) {
    const [pieces] = await this.#save('trained.gguf', ['trained.gguf'], dtype);
    return new Blob(pieces);
  }
}
