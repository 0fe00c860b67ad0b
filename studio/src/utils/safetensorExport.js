// Adapters and models as files of this device.

/** What PEFT calls an adapter's weights. */
export const WEIGHTS = 'adapter_model.safetensors';

/** Offers bytes as a download. @param {Uint8Array | Blob} bytes @param {string} name */
export function download(bytes, name) {
  const url = URL.createObjectURL(bytes instanceof Blob ? bytes : new Blob([/** @type {any} */ (bytes)]));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  // The browser begins to read it in a task of its own.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
