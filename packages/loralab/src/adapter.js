// TrainedAdapter: what a run has learnt, as the files that other programs read.
import { zip } from './zip.js';

export class TrainedAdapter {
  /** @type {(path: string, take: string[]) => Promise<ArrayBuffer[]>} */
  #save;

  /** @internal @param {(path: string, take: string[]) => Promise<ArrayBuffer[]>} save */
  constructor(save) {
    this.#save = save;
  }

  /** @returns {Promise<{ weights: Uint8Array, config: Uint8Array }>} */
  async #peft() {
    const [weights, config] = await this.#save('trained', ['trained/adapter_model.safetensors', 'trained/adapter_config.json']);
    return { weights: new Uint8Array(weights), config: new Uint8Array(config) };
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
    const [bytes] = await this.#save('trained.gguf', ['trained.gguf']);
    return new Uint8Array(bytes);
  }
}
