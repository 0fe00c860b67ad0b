// The few functions of WASI that the C library asks for: a clock, and refusals for everything else.

const NOT_SUPPORTED = 52;

/**
 * @param {() => WebAssembly.Memory} memory
 * @returns {Record<string, Function>} the module wasi_snapshot_preview1
 */
export function wasiImports(memory) {
  const view = () => new DataView(memory().buffer);
  const functions = {
    clock_time_get(/** @type {number} */ clock, /** @type {bigint} */ precision, /** @type {number} */ out) {
      const ms = clock === 0 ? Date.now() : performance.now();
      view().setBigUint64(out, BigInt(Math.round(ms * 1e6)), true);
      return 0;
    },
    proc_exit(/** @type {number} */ status) {
      throw new Error(`the engine ended with status ${status}`);
    },
  };
  return new Proxy(functions, {
    get: (known, name) => /** @type {any} */ (known)[name] ?? (() => NOT_SUPPORTED),
  });
}
