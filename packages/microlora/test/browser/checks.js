// Runs in a page and in a worker: every face works, and both builds of the module agree.
/** @param {string} base where the package is served, with a slash */
export async function checks(base) {
  const { default: init, MicroLoRA } = await import(`${base}dist/index.js`);
  const { WasmMicroLoRA, WasmScopedLoRA } = await import(`${base}dist/learning.js`);
  const { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } = await import(`${base}dist/ruvllm.js`);
  await init();
  const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)), y = x.map((v) => v * v);
  const lora = new MicroLoRA({ inputDim: 64, outputDim: 64, optimizer: 'adam' }), first = lora.adapt(x, y);
  for (let i = 0; i < 200; ++i) lora.adapt(x, y);
  const restored = MicroLoRA.load(lora.save()), same = restored.predict(x).every((/** @type {number} */ v, /** @type {number} */ i) => v === lora.predict(x)[i]);
  const online = new WasmMicroLoRA(64);
  online.forward_array(x);
  online.adapt_array(y);
  const feed = new MicroLoraWasm(new MicroLoraConfigWasm()), wide = new Float32Array(768).fill(1);
  feed.adapt(wide, new AdaptFeedbackWasm(0.9));
  feed.applyUpdates(0.01);
  let refused = '';
  try {
    new WasmScopedLoRA(8).forward_array(99, x);
  } catch (error) {
    refused = /** @type {any} */ (error).code;
  }
  return {
    learned: lora.adapt(x, y) < first / 10,
    restored: same,
    moved: online.delta_norm() > 0,
    json: MicroLoraWasm.fromJson(feed.toJson()).apply(wide)[7] === feed.apply(wide)[7],
    refused,
  };
}
