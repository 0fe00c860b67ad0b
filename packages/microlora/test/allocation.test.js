import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MicroLoRA } from 'microlora';
import init, { WasmMicroLoRA, WasmScopedLoRA } from 'microlora/learning';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';

const wasm = /** @type {any} */ (await init());

test('calls allocate nothing: ten million in a row leave the memory where it was', () => {
  const lora = new WasmMicroLoRA(16), scoped = new WasmScopedLoRA(16), x = lora.input.fill(0.5), out = new Float32Array(16);
  const feed = new MicroLoraWasm(new MicroLoraConfigWasm()), feedback = new AdaptFeedbackWasm(0.9), wide = new Float32Array(768).fill(1);
  const fit = new MicroLoRA({ inputDim: 16, outputDim: 16, optimizer: 'adam', dropout: 0.1 });
  const state = () => [wasm.memory.buffer.byteLength, wasm.allocations(0), wasm.allocations(1)];
  lora.forward();
  const before = state();
  for (let i = 0; i < 9_000_000; ++i) lora.forward();
  for (let i = 0; i < 400_000; ++i) lora.forward_array(x, out);
  for (let i = 0; i < 300_000; ++i) lora.adapt_array(out);
  for (let i = 0; i < 200_000; ++i) lora.adapt_with_reward(0.1);
  for (let i = 0; i < 100_000; ++i) (scoped.forward_array(i % 17, x, out), scoped.adapt_array(i % 17, out));
  for (let i = 0; i < 50_000; ++i) (feed.apply(wide, wide), feed.adapt(wide.fill(1), feedback), feed.applyUpdates(0.01));
  for (let i = 0; i < 100_000; ++i) (fit.adapt(x, out), fit.predict(x, out));
  assert.deepEqual(state(), before);
});
