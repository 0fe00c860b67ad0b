// Adapters as files: PEFT's folder in an archive, and downloads.
import { zipSync } from 'fflate';

/** @typedef {{ weights: Uint8Array, config: any }} PeftAdapter */

export const WEIGHTS = 'adapter_model.safetensors';
export const CONFIG = 'adapter_config.json';

/** @param {PeftAdapter} adapter @returns {Uint8Array<ArrayBuffer>} an archive with the two files of a PEFT folder */
export function peftZip({ weights, config }) {
  const text = new TextEncoder().encode(JSON.stringify(config, null, 2));
  return /** @type {any} */ (zipSync({ [WEIGHTS]: weights, [CONFIG]: text }, { level: 0 }));
}

/** Offers bytes as a download. @param {Uint8Array} bytes @param {string} name */
export function download(bytes, name) {
  const url = URL.createObjectURL(new Blob([/** @type {any} */ (bytes)]));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
