// The published packages' own cases, written anew where they say something true. The README names the others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { WasmMicroLoRA, WasmScopedLoRA, WasmTrajectoryBuffer } from 'microlora/learning';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { difference, vector } from './helpers.js';

await init();
const ones = (/** @type {number} */ n) => new Float32Array(n).fill(1);
const make = (/** @type {object} */ settings = {}) => new MicroLoraWasm(Object.assign(new MicroLoraConfigWasm(), settings));

test('learning: one forward pass and one adaptation are counted', () => {
  const lora = new WasmMicroLoRA();
  lora.forward_array(ones(256));
  lora.adapt_array(new Float32Array(256).fill(0.1));
  assert.deepEqual([lora.forward_count(), lora.adapt_count()], [1n, 1n]);
  assert.ok(lora.delta_norm() >= 0);
});

test('scoped: fresh totals, one forward pass, one adaptation, and what a relative learns', () => {
  const lora = new WasmScopedLoRA();
  assert.deepEqual([lora.total_forward_count(), lora.total_adapt_count(), lora.delta_norm(9)], [0n, 0n, 0]);
  assert.equal(lora.forward_array(2, ones(256)).length, 256);
  assert.equal(lora.forward_count(2), 1n);
  lora.adapt_array(9, new Float32Array(256).fill(0.1));
  assert.equal(lora.adapt_count(9), 1n);
  assert.ok(lora.delta_norm(9) > 0);
  lora.adapt_array(2, new Float32Array(256).fill(0.1));
  assert.notDeepEqual(lora.forward_array(0, ones(256)), ones(256));
});

test('trajectories: improvement, quality, capacity, statistics', () => {
  const one = (/** @type {number[][]} */ runs, capacity = 100) => {
    const buffer = new WasmTrajectoryBuffer(capacity, 4);
    for (const [execution, baseline, attention = 0] of runs) buffer.record(new Float32Array(4), 0, attention, execution, baseline);
    return buffer;
  };
  assert.ok(one([[100, 150]]).get(0).improvement > 0);
  assert.equal(one([[100, 150]]).success_rate(), 1);
  assert.ok(one([[50, 100]]).get(0).quality > 0.5);
  assert.ok(one([[150, 100]]).get(0).quality < 0.5);
  const full = one(Array.from({ length: 15 }, () => [100, 150]), 10);
  assert.deepEqual([full.len(), full.total_count()], [10, 15n]);
  const three = one([[100, 150, 0], [100, 200, 1], [150, 100, 0]]);
  assert.equal(three.total_count(), 3n);
  assert.ok(three.success_rate() > 0.6);
  assert.equal(three.best_attention(), 1);
  assert.ok(one(Array.from({ length: 10 }, (_, i) => [100, 100 + 20 * i])).high_quality_count(0.5) > 0);
});

test('ruvllm: a fresh adapter, one feedback, statistics and memory', () => {
  const lora = make({ inFeatures: 64, outFeatures: 64 });
  assert.ok(lora.apply(ones(64)).reduce((s, v) => s + Math.abs(v), 0) < 0.1);
  assert.equal(lora.stats().samplesSeen, 0);
  lora.adapt(ones(64), new AdaptFeedbackWasm(0.8));
  assert.equal(lora.pendingUpdates(), 1);
  lora.applyUpdates(0.01);
  assert.equal(lora.pendingUpdates(), 0);
  assert.equal(lora.stats().samplesSeen, 1);
  assert.ok(Math.abs(lora.stats().avgQuality - 0.8) < 0.01);
  const usual = new MicroLoraConfigWasm();
  assert.equal(usual.memoryBytes(), 12288);
  assert.equal(new MicroLoraWasm(usual).stats().memoryBytes, 12288);
});

test('ruvllm: ranks, sizes, tiny inputs, and a forward pass far below a millisecond', () => {
  for (const rank of [1, 2, 3, 4]) assert.equal(make({ rank, inFeatures: 32, outFeatures: 16 }).apply(ones(32)).length, 16);
  assert.ok(make({ inFeatures: 64, outFeatures: 64 }).apply(new Float32Array(64).fill(1e-10)).every(Number.isFinite));
  assert.equal(make({ inFeatures: 1024, outFeatures: 1024 }).apply(ones(1024)).length, 1024);
  const lora = make({ inFeatures: 384, outFeatures: 384 }), x = ones(384);
  for (let i = 0; i < 100; ++i) lora.apply(x);
  const start = performance.now();
  for (let i = 0; i < 100; ++i) lora.apply(x);
  assert.ok((performance.now() - start) / 100 < 1);
});

test('ruvllm: ten rounds of feedback, and the same outputs after JSON', () => {
  const lora = make(), x = vector(768, (_, i) => Math.sin(i * 0.01));
  const before = lora.apply(x);
  for (let i = 0; i < 10; ++i) {
    lora.adapt(x, new AdaptFeedbackWasm(0.5 + 0.3 * Math.sin(i)));
    if ((i + 1) % 3 === 0) lora.applyUpdates(0.02);
  }
  assert.equal(lora.stats().samplesSeen, 10);
  assert.ok(difference(before, lora.apply(x)) > 1e-6);
  const restored = MicroLoraWasm.fromJson(lora.toJson());
  assert.deepEqual(restored.apply(x), lora.apply(x));
  assert.equal(restored.stats().samplesSeen, 10);
});
