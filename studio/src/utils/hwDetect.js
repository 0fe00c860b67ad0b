// What this browser has for the work. How fast it is, only a measurement with the model's own kernels can say: see the plan.

/**
 * @typedef {{ cores: number, memoryGb: number | null, isolated: boolean, gpu: string | null }} Hardware
 *   memoryGb: as far as the browser tells it; null if it does not
 */

/** @returns {Promise<string | null>} the graphics adapter's name, which the engine does not use yet */
async function gpuName() {
  const gpu = /** @type {any} */ (navigator).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const { vendor, architecture, description } = adapter.info ?? {};
  return description || [vendor, architecture].filter(Boolean).join(' ') || 'WebGPU';
}

/** @returns {Promise<Hardware>} */
export async function detectHardware() {
  return {
    cores: navigator.hardwareConcurrency,
    memoryGb: /** @type {any} */ (navigator).deviceMemory ?? null,
    isolated: Boolean(globalThis.crossOriginIsolated),
    gpu: await gpuName(),
  };
}

/** Bytes that this page keeps and may keep. */
export async function storageUse() {
  const { usage = 0, quota = 0 } = await navigator.storage?.estimate?.() ?? {};
  return { usage, quota };
}
