import { refuse } from './errors.js';

/**
 * The exports of the WebAssembly module; undefined before `init`.
 * @type {any}
 */
export let wasm;

/** A module that is valid where f32x4.relaxed_madd is. */
const RELAXED = [0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0,
  32, 1, 32, 0, 253, 133, 2, 11];

/**
 * The module for this machine: with fused multiply-add in the forward pass where there is one.
 * @param {boolean} relaxed
 */
const locate = (relaxed) =>
  relaxed && WebAssembly.validate(new Uint8Array(RELAXED))
    ? new URL('../wasm/microlora.relaxed.wasm', import.meta.url)
    : new URL('../wasm/microlora.wasm', import.meta.url);

/** @param {unknown} source */
async function fetchModule(source) {
  const url = new URL(/** @type {string | URL} */ (source), import.meta.url);
  // Node's fetch does not read files.
  const fs = url.protocol === 'file:' && globalThis.process?.getBuiltinModule?.('node:fs');
  const bytes = fs ? fs.readFileSync(url) : await (await fetch(url)).arrayBuffer();
  return WebAssembly.compile(bytes);
}

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
    source = (await source?.module_or_path) ?? source ?? locate(relaxed);
    if (typeof Response === 'function' && source instanceof Response) source = await source.arrayBuffer();
    if (typeof source === 'string' || source instanceof URL) source = await fetchModule(source);
    return initSync(source);
  } catch (error) {
    throw refuse('init', 'init', 'the WebAssembly module of this package', /** @type {Error} */ (error).message);
  }
}

/**
 * The same at once, from bytes or a compiled module.
 * @param {BufferSource | WebAssembly.Module | { module: BufferSource | WebAssembly.Module }} input
 * @returns {{ readonly memory: WebAssembly.Memory }}
 */
export function initSync(input) {
  if (wasm) return wasm;
  try {
    const source = /** @type {any} */ (input)?.module ?? input;
    const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
    wasm = new WebAssembly.Instance(module).exports;
    return wasm;
  } catch (error) {
    throw refuse('init', 'init', 'the WebAssembly module of this package', /** @type {Error} */ (error).message);
  }
}

/**
 * Makes room for adapters of this many bytes in all, so that making them does not move the memory and
 * arrays taken from `input` and `output` stay attached.
 * @param {number} bytes
 */
export function reserve(bytes) {
  const block = ready().take(bytes);
  if (!block) refuse('memory', 'reserve', 'bytes that are to be had', bytes);
  wasm.give(block);
}

/** The exports, or an error before `init`. */
export const ready = () => wasm ?? refuse('init', 'microlora', '`await init()` first');

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
