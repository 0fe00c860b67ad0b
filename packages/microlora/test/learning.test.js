import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { WasmMicroLoRA, WasmScopedLoRA, WasmTrajectoryBuffer } from 'microlora/learning';
import { getWeights, setWeights } from 'microlora/weights';
import { difference, mean, normal, random, refuses, teacher, vector } from './helpers.js';

const instance = await init();

const ones = (n) => new Float32Array(n).fill(1);

test('a fresh adapter is the identity, adapting changes it', () => {
  const lora = new WasmMicroLoRA();
  assert.equal(lora.dim(), 256);
  assert.deepEqual(lora.forward_array(ones(256)), ones(256));
  lora.adapt_array(new Float32Array(256).fill(0.1));
  assert.equal(lora.adapt_count(), 1n);
  assert.ok(lora.delta_norm() > 0);
  assert.notDeepEqual(lora.forward_array(ones(256)), ones(256));
  assert.equal(lora.forward_count(), 2n);
  assert.equal(lora.param_count(), 1024);
});

test('a step descends the loss whose gradient it was given, and ascend climbs', () => {
  for (const ascend of [false, true]) {
    const next = random(1), lora = new WasmMicroLoRA(32, 0.5, 0.01, { ascend }), x = vector(32, () => normal(next)), goal = vector(32, () => normal(next));
    const loss = () => difference(lora.forward_array(x), goal);
    const before = loss();
    for (let i = 0; i < 10; ++i) {
      const y = lora.forward_array(x);
      lora.adapt_array(y.map((v, j) => v - goal[j]));
    }
    assert.equal(loss() < before, !ascend);
  }
});

test('the weights follow central differences of the loss', () => {
  const n = 5, next = random(4), x = vector(n, () => normal(next)), g = vector(n, () => normal(next)), rate = 1e-3;
  const lora = new WasmMicroLoRA(n, 0.7, rate), w = getWeights(lora);
  w.loraB = vector(2 * n, () => normal(next));
  setWeights(lora, w);
  lora.forward_array(x);
  lora.adapt_array(g);
  const after = getWeights(lora), start = { loraA: Float64Array.from(w.loraA), loraB: Float64Array.from(w.loraB) };
  const loss = ({ loraA, loraB }) => { // g . y, whose gradient by y is g
    let total = 0;
    for (let j = 0; j < n; ++j) for (let k = 0; k < 2; ++k) for (let i = 0; i < n; ++i) total += g[j] * 0.7 * x[i] * loraA[i * 2 + k] * loraB[k * n + j];
    return total;
  };
  for (const part of ['loraA', 'loraB']) {
    const gradient = start[part].map((v, i) => {
      const at = (h) => loss({ ...start, [part]: start[part].with(i, v + h) });
      return (at(1e-6) - at(-1e-6)) / 2e-6;
    });
    assert.ok(difference(after[part].map((v, i) => (start[part][i] - v) / rate), gradient) < 1e-3, part);
  }
});

test('the size of a gradient counts, up to the clip', () => {
  const moved = (factor, options) => {
    const lora = new WasmMicroLoRA(16, 1, 0.01, options);
    lora.forward_array(ones(16));
    lora.adapt_array(new Float32Array(16).fill(0.1 * factor));
    return lora.delta_norm();
  };
  assert.ok(Math.abs(moved(2) / moved(1) - 2) < 1e-3);
  assert.ok(Math.abs(moved(1e9) / moved(1e6) - 1) < 1e-3);
  assert.ok(moved(2, { clip: 0.1 }) < moved(1));
});

test('zero-copy work equals calls with arrays, and the gradient may lie in the input buffer', () => {
  const next = random(7), x = vector(100, () => normal(next)), g = vector(100, () => normal(next));
  const [a, b] = [0, 1].map(() => new WasmMicroLoRA(100));
  const y = a.forward_array(x);
  new Float32Array(instance.memory.buffer, b.get_input_ptr(), 100).set(x);
  b.forward();
  assert.deepEqual(new Float32Array(instance.memory.buffer, b.get_output_ptr(), 100), y);
  a.adapt_array(g);
  b.input.set(g);
  b.adapt();
  assert.deepEqual(getWeights(b), getWeights(a));
});

test('rewards teach one input', () => {
  const next = random(2), lora = new WasmMicroLoRA(16, 1), x = vector(16, () => normal(next)), goal = teacher(16, next)(x), qualities = [];
  for (let i = 0; i < 2000; ++i) {
    const q = Math.exp(-(difference(lora.forward_array(x).map((v, j) => v - x[j]), goal) ** 2));
    qualities.push(q);
    lora.adapt_with_reward(2 * q - 1);
  }
  assert.ok(mean(qualities.slice(-200)) > 0.8, `${mean(qualities.slice(-200))}`);
  assert.equal(lora.adapt_count(), 2000n);
});

test('counters mean the same everywhere: updates that happened', () => {
  const lora = new WasmMicroLoRA(8);
  lora.adapt_array(new Float32Array(8));
  assert.equal(lora.adapt_count(), 0n);
  const scoped = new WasmScopedLoRA(8);
  scoped.adapt_array(3, new Float32Array(8));
  assert.equal(scoped.total_adapt_count(), 0n);
  scoped.adapt_array(3, ones(8));
  scoped.adapt_with_reward(3, -0.5);
  assert.equal(scoped.adapt_count(3), 2n);
});

test('reset restores the first state to the bit', () => {
  const lora = new WasmMicroLoRA(50), fresh = getWeights(lora);
  lora.forward_array(ones(50).fill(3));
  for (let i = 0; i < 20; ++i) (lora.adapt_array(ones(50)), lora.adapt_with_reward(0.1));
  lora.reset();
  assert.deepEqual(getWeights(lora), fresh);
  assert.deepEqual([lora.forward_count(), lora.adapt_count()], [0n, 0n]);
});

test('a dimension beyond 256 works in all its length', () => {
  const lora = new WasmMicroLoRA(1000), x = ones(1000);
  lora.forward_array(x);
  lora.adapt_array(x);
  assert.ok(lora.forward_array(x).every((v) => v !== 1));
});

test('batches equal single calls', () => {
  const next = random(3), x = vector(50 * 20, () => normal(next)), g = vector(50 * 20, () => normal(next));
  const [a, b] = [0, 1].map(() => new WasmMicroLoRA(20, 1, 0.1));
  a.adaptBatch(x, g);
  for (let i = 0; i < 50; ++i) (b.forward_array(x.slice(i * 20, i * 20 + 20)), b.adapt_array(g.slice(i * 20, i * 20 + 20)));
  assert.deepEqual(getWeights(a), getWeights(b));
  assert.deepEqual(a.forwardBatch(x).slice(-20), b.forward_array(x.slice(-20)));
});

test('trajectories: figures of the window and of the lifetime', () => {
  const buffer = new WasmTrajectoryBuffer(2, 3), e = [1, 2, 3];
  assert.deepEqual([buffer.len(), buffer.is_empty(), buffer.success_rate()], [0, true, 0]);
  buffer.record(e, 2, 0, 100, 150);
  buffer.record(e, 2, 1, 100, 200);
  buffer.record([4, 5, 6], 9, 0, 150, 100);
  assert.deepEqual([buffer.len(), buffer.total_count(), buffer.count_by_operator(2)], [2, 3n, 1]);
  assert.equal(buffer.success_rate(), 0.5);
  assert.ok(Math.abs(buffer.lifetime().successRate - 2 / 3) < 1e-12);
  assert.deepEqual([buffer.best_improvement(), buffer.lifetime().bestAttention], [1, 1]);
  assert.ok(Math.abs(buffer.mean_improvement() - (1 - 1 / 3) / 2) < 1e-12);
  assert.equal(buffer.high_quality_count(0.5), 1);
  assert.deepEqual(buffer.get(1).embedding, Float32Array.of(4, 5, 6));
  assert.deepEqual([buffer.get(0).attention, buffer.get(1).operator], [1, 9]);
  refuses(() => buffer.get(2), 'range');
  buffer.reset();
  assert.equal(buffer.total_count(), 0n);
  const many = new WasmTrajectoryBuffer(10, 3);
  for (let i = 0; i < 15; ++i) many.record(e, 0, 0, 100, 100 + i * 20);
  assert.deepEqual([many.len(), many.total_count()], [10, 15n]);
});

test('bad arguments are refused and change nothing', () => {
  const lora = new WasmMicroLoRA(16), scoped = new WasmScopedLoRA(16), before = getWeights(lora);
  refuses(() => lora.forward_array(ones(15)), 'length');
  refuses(() => lora.forward_array(ones(16).with(2, NaN)), 'finite', /NaN at 2/);
  refuses(() => lora.adapt_array(ones(16).with(2, Infinity)), 'finite');
  for (const no of [undefined, null, 0, '']) refuses(() => lora.adapt_array(no), 'type', /gradient: expected an array/);
  refuses(() => lora.forwardBatch(ones(32), [...ones(32)]), 'length', /a Float32Array of 32/);
  refuses(() => lora.adapt_with_reward(NaN), 'finite');
  refuses(() => lora.forward_array(ones(16), new Float32Array(3)), 'length');
  lora.adapt_array(new Float32Array(16));
  assert.deepEqual(getWeights(lora), before, 'a refused input is not remembered either');
  for (const op of [-1, 17, 256, 2.7, NaN, '3', undefined]) refuses(() => scoped.forward_array(op, ones(16)), 'operator');
  for (const dim of [0, -1, 1.9, NaN, 65537]) assert.throws(() => new WasmMicroLoRA(dim), { name: 'MicroLoraError' });
  refuses(() => new WasmMicroLoRA(16, NaN), 'finite');
  refuses(() => new WasmTrajectoryBuffer(0), 'range');
  const buffer = new WasmTrajectoryBuffer(4, 2);
  refuses(() => buffer.record([1], 0, 0, 1, 1), 'length');
  refuses(() => buffer.record([1, 2], 200, 0, 1, 1), 'range');
  refuses(() => buffer.record([1, 2], 0, 300, 1, 1), 'range');
  refuses(() => buffer.record([1, 2], 0, 0, 0, 1), 'range');
  refuses(() => buffer.record([1, 2], 0, 0, 1, NaN), 'finite');
  assert.equal(buffer.len(), 0);
  lora.free();
  refuses(() => lora.forward(), 'freed');
  refuses(() => lora.adapt_count(), 'freed');
});
