import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { MicroLoRA, adaptWeights, resetAdapter } from 'microlora';
import { getWeights, setWeights } from 'microlora/weights';
import { difference, normal, random, refuses, teacher, vector } from './helpers.js';

refuses(() => new MicroLoRA({ inputDim: 2, outputDim: 2 }), 'init', /await init/);
await init();

const make = (config) => new MicroLoRA({ inputDim: 64, outputDim: 64, ...config });

for (let seed = 0; seed < 10; ++seed) {
  test(`a rank-2 teacher is recovered within 3,000 examples, seed ${seed}`, () => {
    const next = random(seed), map = teacher(64, next), lora = make({ optimizer: 'adam', seed });
    for (let i = 0; i < 3000; ++i) {
      const x = vector(64, () => normal(next));
      lora.adapt(x, map(x));
    }
    const x = vector(64, () => normal(next));
    assert.ok(difference(lora.predict(x), map(x)) < 0.01);
    const wanted = Float32Array.from({ length: 64 }, (_, i) => [...map(vector(64, (_, j) => +(i === j)))]).fill(0);
    const full = new Float32Array(64 * 64);
    wanted.forEach((_, i) => full.set(map(vector(64, (_, j) => +(i === j))), i * 64));
    assert.ok(difference(lora.delta(), full) < 0.01);
    lora.free();
  });
}

test('sgd lowers the loss on a fixed target, with a step that grows with the rate', () => {
  const next = random(1), x = vector(64, () => normal(next)), y = vector(64, () => normal(next));
  const losses = [0.05, 0.5].map((learningRate) => {
    const lora = make({ learningRate, initScale: 0.1 }), first = lora.adapt(x, y);
    for (let i = 0; i < 50; ++i) lora.adapt(x, y);
    assert.ok(lora.adapt(x, y) < first);
    return lora.adapt(x, y);
  });
  assert.ok(losses[1] < losses[0]);
});

test('adapt returns the mean squared error before the step', () => {
  const lora = make(), x = new Float32Array(64).fill(0.1), y = new Float32Array(64).fill(0.5);
  assert.ok(Math.abs(lora.adapt(x, y) - 0.25) < 1e-6);
});

test('the loss falls as fast as the squared gradient says', () => {
  // one sgd step of rate h lowers the loss by h |gradient|^2 to first order; differences give the gradient
  const next = random(5), n = 6, x = vector(n, () => normal(next)), y = vector(n, () => normal(next));
  const config = { inputDim: n, outputDim: n, initScale: 0.5, seed: 3 };
  const lora = new MicroLoRA({ ...config, learningRate: 1e-4 });
  const weights = getWeights(lora);
  weights.loraB = vector(weights.loraB.length, () => normal(next));
  setWeights(lora, weights);
  const loss = ({ loraA, loraB }) => {
    let total = 0;
    for (let j = 0; j < n; ++j) {
      let v = -y[j];
      for (let k = 0; k < 2; ++k) for (let i = 0; i < n; ++i) v += x[i] * loraA[i * 2 + k] * loraB[k * n + j];
      total += v * v;
    }
    return total / n;
  };
  let squares = 0;
  const before = { loraA: Float64Array.from(weights.loraA), loraB: Float64Array.from(weights.loraB) };
  const steps = { loraA: [], loraB: [] };
  for (const part of ['loraA', 'loraB']) {
    for (let i = 0; i < before[part].length; ++i) {
      const probe = (h) => loss({ ...before, [part]: before[part].with(i, before[part][i] + h) });
      steps[part].push((probe(1e-5) - probe(-1e-5)) / 2e-5);
      squares += steps[part][i] ** 2;
    }
  }
  lora.adapt(x, y);
  const after = getWeights(lora);
  for (const part of ['loraA', 'loraB']) {
    const taken = after[part].map((v, i) => (before[part][i] - v) / 1e-4);
    assert.ok(difference(taken, steps[part]) < 2e-2, part);
  }
  assert.ok(squares > 0);
});

test('apply adds the delta to a copy, predict multiplies by it', () => {
  const next = random(2), base = vector(20 * 12, () => normal(next));
  const lora = new MicroLoRA({ inputDim: 20, outputDim: 12, rank: 3, alpha: 2, optimizer: 'adam', baseWeights: base });
  for (let i = 0; i < 20; ++i) lora.adapt(vector(20, () => normal(next)), vector(12, () => normal(next)));
  const x = vector(20, () => normal(next)), w = lora.apply(base), copy = base.slice();
  const product = vector(12, (_, j) => x.reduce((sum, v, i) => sum + v * w[i * 12 + j], 0));
  assert.ok(difference(lora.predict(x), product) < 1e-5);
  assert.deepEqual(base, copy);
  assert.ok(difference(w.map((v, i) => v - base[i]), lora.delta()) < 1e-3);
});

test('adaptWeights learns the examples, and resetAdapter takes an adapter back', () => {
  const next = random(3), base = vector(8 * 8, () => normal(next)), map = teacher(8, next, 0.3);
  const examples = Array.from({ length: 30 }, () => {
    const input = vector(8, () => normal(next)), delta = map(input);
    const target = vector(8, (_, j) => input.reduce((sum, v, i) => sum + v * base[i * 8 + j], 0) + delta[j]);
    return { input, target };
  });
  const adapted = adaptWeights(base, { inputDim: 8, outputDim: 8, rank: 2, examples, epochs: 400 });
  const error = (w) => examples.reduce((sum, { input, target }) =>
    sum + difference(vector(8, (_, j) => input.reduce((s, v, i) => s + v * w[i * 8 + j], 0)), target), 0);
  assert.ok(error(adapted) < 0.2 * error(base), `${error(adapted)} of ${error(base)}`);
  const lora = make({ optimizer: 'adam' }), fresh = lora.save();
  lora.adapt(new Float32Array(64).fill(1), new Float32Array(64).fill(1));
  assert.notDeepEqual(lora.save(), fresh);
  resetAdapter(lora);
  assert.deepEqual(lora.save(), fresh);
  assert.ok(lora.delta().every((v) => v === 0));
});

test('batches equal single calls and take contiguous rows', () => {
  for (const [n, m] of [[16, 32], [7, 5]]) {
    const next = random(4), x = vector(9 * n, () => normal(next)), y = vector(9 * m, () => normal(next));
    const list = Array.from({ length: 9 }, (_, i) => ({ input: x.slice(i * n, i * n + n), target: y.slice(i * m, i * m + m) }));
    const [a, b] = [0, 1].map(() => new MicroLoRA({ inputDim: n, outputDim: m, optimizer: 'adam', seed: 7 }));
    assert.equal(a.adaptBatch(list), b.adaptBatch(x, y));
    assert.deepEqual(a.save(), b.save());
    const all = a.forwardBatch(x);
    list.forEach(({ input }, i) => assert.deepEqual(all.slice(i * m, i * m + m), a.predict(input)));
  }
});

test('dropout leaves out inputs while learning only, and repeats with the seed', () => {
  const x = new Float32Array(64).fill(1), y = new Float32Array(64).fill(1);
  const [a, b, c] = [1, 1, 2].map((seed) => make({ dropout: 0.5, optimizer: 'adam', seed }));
  for (const lora of [a, b, c]) for (let i = 0; i < 5; ++i) lora.adapt(x, y);
  assert.deepEqual(a.save(), b.save());
  assert.notDeepEqual(getWeights(a), getWeights(c));
  assert.deepEqual(a.predict(x), a.predict(x));
});

test('bad arguments are refused and change nothing', () => {
  const lora = make({ optimizer: 'adam' }), good = new Float32Array(64).fill(1), before = lora.save();
  refuses(() => lora.adapt(new Float32Array(63), good), 'length', /64 numbers, got 63/);
  refuses(() => lora.adapt(good, good.with(3, NaN)), 'finite', /./);
  refuses(() => lora.adapt(good.with(0, 3e38), good), 'finite');
  refuses(() => lora.predict(good.with(9, Infinity)), 'finite', /Infinity at 9/);
  refuses(() => lora.adaptBatch([{ input: good, target: good }, { input: good, target: good.with(0, NaN) }]), 'finite');
  refuses(() => lora.adaptBatch([]), 'length');
  refuses(() => lora.predict('abc'), 'type');
  refuses(() => lora.predict(null), 'type');
  refuses(() => lora.predict([Symbol.iterator]), 'type');
  assert.deepEqual(lora.save(), before);
  for (const bad of [0, -1, 1.5, NaN, Infinity, 65537, '8', null]) {
    assert.throws(() => make({ inputDim: bad }), { name: 'MicroLoraError' });
    assert.throws(() => make({ rank: bad ?? {} }), { name: 'MicroLoraError' });
  }
  refuses(() => make({ optimizer: 'lion' }), 'range', /'sgd' or 'adam', got lion/);
  refuses(() => new MicroLoRA(), 'type');
});
