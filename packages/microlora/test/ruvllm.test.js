import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraStatsWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { getWeights, setWeights } from 'microlora/weights';
import { difference, mean, normal, random, refuses, teacher, vector } from './helpers.js';

await init();

function make(settings = {}) {
  return new MicroLoraWasm(Object.assign(new MicroLoraConfigWasm(), settings));
}

/** Qualities of a stream on which a hidden rank-2 teacher scores every output. */
function stream({ inputs, dim, feedbacks, seed, every = 1, rate = 0.01, wrong = 0, at = -1 }) {
  const next = random(seed + 1), map = teacher(dim, next);
  const xs = Array.from({ length: inputs }, () => vector(dim, () => normal(next))), ys = xs.map(map);
  const lora = make({ inFeatures: dim, outFeatures: dim, seed }), qualities = [], out = new Float32Array(dim);
  for (let f = 1; f <= feedbacks; ++f) {
    const m = Math.floor(next() * inputs), y = ys[m];
    lora.apply(xs[m], out);
    const q = Math.exp(-(difference(out, y) ** 2));
    qualities.push(q);
    lora.adapt(xs[m], new AdaptFeedbackWasm(f === at + 1 ? wrong : q));
    if (f % every === 0) lora.applyUpdates(rate);
  }
  const { loraA, loraB } = getWeights(lora), largest = Math.max(...loraA.map(Math.abs), ...loraB.map(Math.abs));
  lora.free();
  return { first: (n) => mean(qualities.slice(0, n)), last: (n) => mean(qualities.slice(-n)), largest };
}

for (let seed = 0; seed < 10; ++seed) {
  test(`quality alone teaches one input in 16 dimensions, seed ${seed}`, () => {
    for (const every of [1, 5]) assert.ok(stream({ inputs: 1, dim: 16, feedbacks: 2000, seed, every }).last(200) >= 0.8);
  });
}

test('one wrong score does not end learning', () => {
  for (const [wrong, at] of [[1, 0], [1, 40], [0, 300]]) {
    const run = stream({ inputs: 1, dim: 16, feedbacks: 2000, seed: 1, wrong, at });
    assert.ok(run.last(200) >= 0.8, `${wrong} at ${at}: ${run.last(200)}`);
  }
});

test('quality alone helps on 8 inputs in 16 dimensions', () => {
  const runs = Array.from({ length: 10 }, (_, seed) => stream({ inputs: 8, dim: 16, feedbacks: 10000, seed }));
  assert.ok(mean(runs.map((r) => r.last(1000))) > mean(runs.map((r) => r.first(1000))) + 0.05);
});

test('quality alone does no harm on 20 inputs in 768 dimensions', () => {
  for (let seed = 0; seed < 10; ++seed) {
    const run = stream({ inputs: 20, dim: 768, feedbacks: 1500, seed });
    assert.ok(run.last(300) > Math.exp(-1) - 0.02, `${run.last(300)}`);
    assert.ok(run.largest < 10);
  }
});

test('good and bad feedback move the output in opposite directions from the first step', () => {
  const x = vector(16, () => 1);
  const [good, bad] = [1, 0].map((q) => {
    const lora = make({ inFeatures: 16, outFeatures: 16 });
    lora.apply(x);
    lora.adapt(x, new AdaptFeedbackWasm(q));
    lora.applyUpdates(0.01);
    return lora.apply(x);
  });
  assert.ok(new Set(good).size > 1, 'more than one distinct value');
  assert.ok(good.some((v) => v !== 0) && good.every((v, i) => v === -bad[i]));
});

test('between two updates apply is deterministic, and a rate of zero changes nothing', () => {
  const lora = make(), x = vector(768, (_, i) => Math.sin(i));
  lora.adapt(x, new AdaptFeedbackWasm(0.7));
  lora.applyUpdates(0.01);
  const y = lora.apply(x);
  assert.deepEqual(lora.apply(x), y);
  lora.adapt(x, new AdaptFeedbackWasm(0.2));
  assert.deepEqual(lora.apply(x), y);
  lora.applyUpdates(0);
  assert.deepEqual(lora.apply(x), y);
});

test('the learning rate of a feedback counts, with a gradient and without', () => {
  const x = vector(8, (_, i) => Math.cos(i)), g = vector(8, (_, i) => Math.sin(i) / 4);
  const steps = [0.01, 0.02].map((rate) => {
    const lora = make({ inFeatures: 8, outFeatures: 8 }), feedback = new AdaptFeedbackWasm(0.5);
    feedback.learningRate = rate;
    feedback.gradient = g;
    lora.adapt(x, feedback);
    lora.applyUpdates(0.1);
    return lora.apply(x);
  });
  assert.ok(difference(steps[1], steps[0].map((v) => 2 * v)) < 1e-5);
  const learned = [0.002, 0.01].map((rate) => {
    const next = random(9), map = teacher(16, next), input = vector(16, () => normal(next)), y = map(input);
    const lora = make({ inFeatures: 16, outFeatures: 16 });
    const qualities = Array.from({ length: 400 }, () => {
      const q = Math.exp(-(difference(lora.apply(input), y) ** 2)), feedback = new AdaptFeedbackWasm(q);
      feedback.learningRate = rate;
      lora.adapt(input, feedback);
      lora.applyUpdates(0.01);
      return q;
    });
    return mean(qualities);
  });
  assert.ok(learned[1] > learned[0]);
});

test('gradients in feedback descend a loss', () => {
  const next = random(3), map = teacher(32, next, 0.5), lora = make({ inFeatures: 32, outFeatures: 32 });
  let before = 0, after = 0;
  for (let i = 0; i < 1500; ++i) {
    const x = vector(32, () => normal(next)), y = map(x), out = lora.apply(x), feedback = new AdaptFeedbackWasm(0.5);
    const error = difference(out, y);
    if (i < 20) before += error;
    if (i >= 1480) after += error;
    feedback.gradient = out.map((v, j) => (v - y[j]) / 4);
    lora.adapt(x, feedback);
    lora.applyUpdates(0.01);
  }
  assert.ok(after < 0.3 * before, `${after} of ${before}`);
});

test('defaults, clamps and formulas are the documented ones', () => {
  const config = new MicroLoraConfigWasm();
  assert.deepEqual([config.rank, config.alpha, config.inFeatures, config.outFeatures], [2, 4, 768, 768]);
  for (const [set, got] of [[10, 4], [0, 1], [2.9, 2], [-1, 1]]) assert.equal((config.rank = set, config.rank), got);
  config.rank = 2;
  assert.deepEqual([config.memoryBytes(), config.computeScaling()], [12288, 2]);
  const feedback = new AdaptFeedbackWasm(1.5);
  assert.deepEqual([feedback.quality, feedback.learningRate], [1, 0.01]);
  const stats = make().stats();
  assert.ok(stats instanceof MicroLoraStatsWasm);
  assert.deepEqual(JSON.parse(stats.toJson()), { samples_seen: 0, avg_quality: 0, memory_bytes: 12288, param_count: 3072 });
});

test('feedback is counted, pending until applied, and reset restores A and B to the bit', () => {
  const lora = make({ inFeatures: 64, outFeatures: 64 }), fresh = getWeights(lora), x = vector(64, () => 0.1);
  assert.ok(lora.apply(x).every((v) => v === 0));
  for (let i = 0; i < 6; ++i) {
    lora.adapt(x, new AdaptFeedbackWasm(0.8));
    assert.equal(lora.pendingUpdates(), 1);
    lora.applyUpdates(0.01);
    assert.equal(lora.pendingUpdates(), 0);
  }
  assert.equal(lora.stats().samplesSeen, 6);
  assert.ok(Math.abs(lora.stats().avgQuality - 0.8) < 1e-6);
  lora.reset();
  assert.deepEqual(getWeights(lora), fresh);
  assert.equal(lora.stats().samplesSeen, 0);
});

test('bad arguments are refused and change nothing', () => {
  const lora = make({ inFeatures: 16, outFeatures: 16 }), before = lora.toJson(), x = vector(16, () => 1);
  refuses(() => lora.apply(new Float32Array(15)), 'length', /input: expected 16 numbers, got 15/);
  refuses(() => lora.apply(x.with(4, NaN)), 'finite', /NaN at 4/);
  refuses(() => lora.adapt(x.with(0, Infinity), new AdaptFeedbackWasm(1)), 'finite');
  refuses(() => lora.adapt(x, 0.9), 'type');
  refuses(() => lora.applyUpdates(NaN), 'finite');
  refuses(() => lora.applyUpdates(-1), 'range');
  refuses(() => new AdaptFeedbackWasm(NaN), 'type');
  refuses(() => new MicroLoraWasm({ rank: 2 }), 'type');
  refuses(() => make({ inFeatures: 0 }), 'range');
  const feedback = new AdaptFeedbackWasm(1);
  feedback.gradient = new Float32Array(3);
  refuses(() => lora.adapt(x, feedback), 'length', /gradient: expected 16/);
  assert.equal(lora.toJson(), before);
  feedback.free();
  refuses(() => lora.adapt(x, feedback), 'freed');
  refuses(() => feedback.quality, 'freed');
});

test('forwardBatch equals single calls, adaptBatch counts every row', () => {
  const next = random(2), lora = make({ inFeatures: 7, outFeatures: 33 }), x = vector(70, () => normal(next));
  setWeights(lora, { loraA: vector(14, () => normal(next)), loraB: vector(66, () => normal(next)) });
  const all = lora.forwardBatch(x);
  for (let i = 0; i < 10; ++i) assert.deepEqual(all.slice(i * 33, i * 33 + 33), lora.apply(x.slice(i * 7, i * 7 + 7)));
  lora.adaptBatch(x, new Float32Array(10).fill(0.5));
  assert.equal(lora.pendingUpdates(), 10);
});
