import { refuse } from './errors.js';

/**
 * The exports of the WebAssembly module; undefined before `init`.
 * @type {any}
 */
export let wasm;

/** A module that is valid where f32x4.relaxed_madd is. */
const RELAXED = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 0, 253, 133, 2, 26, 11];

/** @param {any} error */
const unusable = (error) => refuse('init', 'init', 'the WebAssembly module of this package', error.message);

/**
 * What `init` takes: where the module is, its bytes, or the module itself; nothing for the one of this package.
 * @typedef {string | URL | Response | BufferSource | WebAssembly.Module} InitInput
 */

/**
 * Makes the module ready. Only the first call does anything; all adapters of a program share one memory.
 * @param {InitInput | Promise<InitInput> | { module_or_path: InitInput | Promise<InitInput> } | null} [input]
 * @param {{ relaxed?: boolean }} [options] relaxed: false takes the build without fused multiply-add
 * @returns {Promise<{ readonly memory: WebAssembly.Memory }>}
 */
export async function init(input, { relaxed = true } = {}) {
  if (wasm) return wasm;
  try {
    let source = /** @type {any} */ (await input);
    source = (await source?.module_or_path) ?? source ??
      (relaxed && WebAssembly.validate(new Uint8Array(RELAXED))
        ? new URL('../wasm/microlora.relaxed.wasm', import.meta.url)
        : new URL('../wasm/microlora.wasm', import.meta.url));
    if (typeof source === 'string' || source instanceof URL) {
      const url = new URL(source, import.meta.url);
      // Node's fetch does not read files.
      const fs = url.protocol === 'file:' && globalThis.process?.getBuiltinModule?.('node:fs');
      source = fs ? fs.readFileSync(url) : await fetch(url);
    }
    source = await WebAssembly.instantiate((await source.arrayBuffer?.()) ?? source);
    return (wasm ??= (source.instance ?? source).exports);
  } catch (error) {
    return unusable(error);
  }
}

/**
 * The same at once, from bytes or a compiled module.
 * @param {BufferSource | WebAssembly.Module | { module: BufferSource | WebAssembly.Module }} input
 * @returns {{ readonly memory: WebAssembly.Memory }}
 */
export function initSync(input) {
  try {
    const source = /** @type {any} */ (input)?.module ?? input;
    return (wasm ??= new WebAssembly.Instance(source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source)).exports);
  } catch (error) {
    return unusable(error);
  }
}

/** The exports, or an error before `init`. */
export const ready = () => wasm ?? refuse('init', 'microlora', '`await init()` first', 'none');

/**
 * Memory for the length of a call.
 * @template T
 * @param {number} bytes
 * @param {(address: number) => T} use
 * @returns {T}
 */
export function borrow(bytes, use) {
  const block = ready().core_take(bytes) || refuse('memory', 'memory', 'bytes that are to be had', bytes);
  try {
    return use(block);
  } finally {
    wasm.core_give(block);
  }
}

/**
 * Makes room for adapters of this many bytes in all, so that making them does not move the memory and
 * arrays taken from `input` and `output` stay attached.
 * @param {number} bytes
 */
export const reserve = (bytes) => borrow(bytes, () => {});

/**
 * Floats at a byte offset of the memory as it is now.
 * @param {number} offset
 * @param {number} length
 */
export const floats = (offset, length) => new Float32Array(wasm.memory.buffer, offset, length);

/**
 * @param {number} offset
 * @param {number} length
 */
export const words = (offset, length) => new Uint32Array(wasm.memory.buffer, offset, length);
