// Side by side with the published packages: where results agree, and where they deliberately differ.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { WasmMicroLoRA, WasmScopedLoRA, WasmTrajectoryBuffer } from 'microlora/learning';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { setWeights } from 'microlora/weights';
import { difference, normal, random, refuses, vector } from './helpers.js';
import { learning, ruvllm } from './peers.js';

await init();
const f = Math.fround;

/** The published starting weights of learning-wasm, from its formula. */
function publishedA(dim) {
  const rnd = (s) => ((s ^= s << 13), (s ^= s >>> 17), (s ^= s << 5), f((s >>> 0) / 4294967296));
  const scale = f(f(Math.sqrt(f(2 / dim))) * f(0.1)), a = new Float32Array(2 * dim);
  for (let i = 0; i < dim; ++i) for (let k = 0; k < 2; ++k) a[2 * i + k] = f(f(rnd(i + 1000 * k) * scale) - f(scale / 2));
  return a;
}

/** The published step: B row k += lr * (sum of column k of A) * g / |g|. */
function publishedB(a, dim, lr, gradients) {
  const b = new Float32Array(2 * dim);
  for (const g of gradients) {
    const length = Math.sqrt(g.reduce((s, v) => s + v * v, 0));
    for (let k = 0; k < 2; ++k) {
      const c = a.reduce((s, v, i) => (i % 2 === k ? s + v : s), 0);
      for (let j = 0; j < dim; ++j) b[k * dim + j] += (lr * c * g[j]) / length;
    }
  }
  return b;
}

test('learning: with the same weights the forward pass agrees', () => {
  for (const dim of [1, 7, 64, 255, 256]) {
    const next = random(dim), gradients = Array.from({ length: 40 }, () => vector(dim, () => normal(next)));
    const theirs = new learning.WasmMicroLoRA(dim, 0.3, 2), ours = new WasmMicroLoRA(dim, 0.3);
    gradients.forEach((g) => theirs.adapt_array(g));
    const loraA = publishedA(dim);
    setWeights(ours, { loraA, loraB: publishedB(loraA, dim, 2, gradients) });
    const x = vector(dim, () => normal(next)), y = theirs.forward_array(x);
    // their step uses an inverse square root that is right to 0.18 %, so compare the deltas at that
    assert.ok(difference(ours.forward_array(x).map((v, i) => v - x[i]), y.map((v, i) => v - x[i])) < 4e-3, `dim ${dim}`);
    assert.ok(difference(ours.forward_array(x), y) < 1e-3);
  }
});

test('learning: weights read back from the published adapter agree to 1e-5', () => {
  const dim = 256, next = random(1), theirs = new learning.WasmMicroLoRA(dim, 1, 0.5);
  for (let i = 0; i < 30; ++i) theirs.adapt_array(vector(dim, () => normal(next)));
  // delta(x) = alpha (x a0 B0 + x a1 B1): two probes give both rows of B
  const a = publishedA(dim), unit = (i) => vector(dim, (_, j) => +(i === j));
  const probe = (i) => theirs.forward_array(unit(i)).map((v, j) => v - +(i === j));
  const [p, q] = [probe(0), probe(200)], [a0, a1, c0, c1] = [a[0], a[1], a[400], a[401]], det = a0 * c1 - a1 * c0;
  const loraB = Float32Array.from([...p.map((v, j) => (v * c1 - q[j] * a1) / det), ...p.map((v, j) => (q[j] * a0 - v * c0) / det)]);
  const ours = new WasmMicroLoRA(dim, 1);
  setWeights(ours, { loraA: a, loraB });
  const x = vector(dim, () => normal(next));
  assert.ok(difference(ours.forward_array(x), theirs.forward_array(x)) < 1e-5);
});

test('ruvllm: a published adapter loads and gives the same outputs, and ours loads there', () => {
  for (const [inFeatures, outFeatures, rank] of [[768, 768, 2], [64, 32, 1], [33, 70, 4]]) {
    const next = random(rank), config = new ruvllm.MicroLoraConfigWasm();
    Object.assign(config, { rank, inFeatures, outFeatures, alpha: 3 });
    const theirs = new ruvllm.MicroLoraWasm(config), x = vector(inFeatures, () => normal(next));
    for (let i = 0; i < 30; ++i) {
      theirs.adapt(vector(inFeatures, () => normal(next)), new ruvllm.AdaptFeedbackWasm(next()));
      if (i % 3) theirs.applyUpdates(0.05);
    }
    const ours = MicroLoraWasm.fromJson(theirs.toJson());
    assert.ok(difference(ours.apply(x), theirs.apply(x)) < 1e-5);
    assert.equal(ours.stats().samplesSeen, 30);
    assert.ok(Math.abs(ours.stats().avgQuality - theirs.stats().avgQuality) < 1e-6);
    assert.equal(ours.pendingUpdates(), theirs.pendingUpdates());
    ours.adapt(x, new AdaptFeedbackWasm(0.9));
    ours.applyUpdates(0.01);
    assert.ok(difference(ruvllm.MicroLoraWasm.fromJson(ours.toJson()).apply(x), ours.apply(x)) < 1e-5);
  }
});

test('ruvllm: defaults, clamps and formulas agree', () => {
  const [theirs, ours] = [new ruvllm.MicroLoraConfigWasm(), new MicroLoraConfigWasm()];
  for (const rank of [0, 1, 2.9, 3, 10]) {
    for (const config of [theirs, ours]) config.rank = rank;
    assert.equal(ours.rank, theirs.rank);
    assert.equal(ours.memoryBytes(), theirs.memoryBytes());
    assert.equal(ours.computeScaling(), theirs.computeScaling());
  }
  for (const q of [-1, 0.5, 7]) assert.equal(new AdaptFeedbackWasm(q).quality, new ruvllm.AdaptFeedbackWasm(q).quality);
});

test('scoped: names and untouched operators agree', () => {
  const [theirs, ours] = [new learning.WasmScopedLoRA(64), new WasmScopedLoRA(64)], x = vector(64, () => 0.3);
  for (let op = 0; op < 17; ++op) {
    assert.equal(WasmScopedLoRA.scope_name(op), learning.WasmScopedLoRA.scope_name(op));
    assert.deepEqual(ours.forward_array(op, x), theirs.forward_array(op, x));
  }
});

test('trajectories: the lifetime figures are the published ones', () => {
  const next = random(3), [theirs, ours] = [new learning.WasmTrajectoryBuffer(20, 4), new WasmTrajectoryBuffer(20, 4)];
  for (let i = 0; i < 50; ++i) {
    const call = [vector(4, next), Math.floor(next() * 17), Math.floor(next() * 8), 10 + next() * 50, 10 + next() * 90];
    for (const buffer of [theirs, ours]) buffer.record(...call);
  }
  const life = ours.lifetime();
  assert.ok(Math.abs(life.meanImprovement - theirs.mean_improvement()) < 1e-4);
  assert.ok(Math.abs(life.variance - theirs.variance()) < 1e-3);
  assert.ok(Math.abs(life.successRate - theirs.success_rate()) < 1e-5);
  assert.ok(Math.abs(life.bestImprovement - theirs.best_improvement()) < 1e-5);
  assert.equal(ours.len(), theirs.len());
  for (let op = 0; op < 17; ++op) assert.equal(ours.count_by_operator(op), theirs.count_by_operator(op));
  assert.equal(ours.high_quality_count(0.6), theirs.high_quality_count(0.6));
});

test('deliberate difference: the published gradient step climbs, ours descends', () => {
  const x = vector(16, () => 1), goal = vector(16, (_, i) => Math.sin(i));
  const [theirs, ours] = [new learning.WasmMicroLoRA(16, 1, 0.1), new WasmMicroLoRA(16, 1, 0.1)].map((lora) => {
    const loss = () => difference(lora.forward_array(x), goal), before = loss();
    for (let i = 0; i < 20; ++i) lora.adapt_array(lora.forward_array(x).map((v, j) => v - goal[j]));
    return loss() - before;
  });
  assert.ok(theirs > 0 && ours < 0);
});

test('deliberate difference: feedback moves every output by itself', () => {
  const x = vector(768, (_, i) => Math.sin(i)), distinct = (lora, Feedback) => {
    for (let i = 0; i < 4; ++i) (lora.adapt(x, new Feedback(0.9)), lora.applyUpdates(0.01));
    return new Set(lora.apply(x)).size;
  };
  assert.equal(distinct(new ruvllm.MicroLoraWasm(new ruvllm.MicroLoraConfigWasm()), ruvllm.AdaptFeedbackWasm), 1);
  assert.ok(distinct(new MicroLoraWasm(new MicroLoraConfigWasm()), AdaptFeedbackWasm) > 1);
});

test('deliberate difference: quality is learned', () => {
  const quality = (lora, Feedback) => {
    const x = vector(16, (_, i) => Math.cos(i)), y = vector(16, (_, i) => Math.sin(3 * i));
    let last = 0;
    for (let i = 0; i < 2000; ++i) {
      const q = Math.exp(-(difference(lora.apply(x), y) ** 2));
      if (i >= 1800) last += q / 200;
      lora.adapt(x, new Feedback(q));
      lora.applyUpdates(0.01);
    }
    return last;
  };
  const settings = { inFeatures: 16, outFeatures: 16 };
  const theirs = quality(new ruvllm.MicroLoraWasm(Object.assign(new ruvllm.MicroLoraConfigWasm(), settings)), ruvllm.AdaptFeedbackWasm);
  const ours = quality(new MicroLoraWasm(Object.assign(new MicroLoraConfigWasm(), settings)), AdaptFeedbackWasm);
  assert.ok(theirs < 0.4 && ours > 0.8, `${theirs} ${ours}`);
});

test('deliberate difference: reset restores A', () => {
  const restored = (lora, Feedback) => {
    const a = () => JSON.parse(lora.toJson()).adapter.lora_a, fresh = a();
    for (let i = 0; i < 20; ++i) (lora.adapt(vector(768, (_, j) => Math.sin(i * j)), new Feedback(0.9)), lora.applyUpdates(0.1));
    lora.reset();
    return difference(a(), fresh) === 0;
  };
  assert.equal(restored(new ruvllm.MicroLoraWasm(new ruvllm.MicroLoraConfigWasm()), ruvllm.AdaptFeedbackWasm), false);
  assert.equal(restored(new MicroLoraWasm(new MicroLoraConfigWasm()), AdaptFeedbackWasm), true);
});

test('deliberate difference: lengths, NaN and unknown operators are refused instead of passed over', () => {
  const long = vector(1000, () => 1);
  assert.equal(new learning.WasmMicroLoRA(1000).dim(), 256);
  assert.equal(new WasmMicroLoRA(1000).dim(), 1000);
  assert.equal(new learning.WasmMicroLoRA(16).forward_array(long).length, 1000);
  refuses(() => new WasmMicroLoRA(16).forward_array(long), 'length');
  const [theirs, ours] = [new learning.WasmMicroLoRA(16), new WasmMicroLoRA(16)], bad = vector(16, () => NaN);
  theirs.adapt_array(bad);
  assert.ok(theirs.forward_array(vector(16, () => 1)).every(Number.isNaN));
  refuses(() => ours.adapt_array(bad), 'finite');
  assert.equal(learning.WasmScopedLoRA.scope_name(256), 'SeqScan');
  refuses(() => new WasmScopedLoRA(16).forward_array(256, vector(16, () => 1)), 'operator');
  const broken = JSON.stringify({ ...JSON.parse(new MicroLoraWasm(new MicroLoraConfigWasm()).toJson()) }).replace('"rank":2', '"rank":3');
  assert.doesNotThrow(() => ruvllm.MicroLoraWasm.fromJson(broken));
  refuses(() => MicroLoraWasm.fromJson(broken), 'shape');
});
