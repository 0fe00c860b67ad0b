import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sum, truncate } from 'microlora/arithmetic';
import init, { MicroLoRA } from 'microlora';
import { WasmMicroLoRA } from 'microlora/learning';
import { MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { fromSafetensors, toAdapter, toSafetensors } from 'microlora/safetensors';
import { getWeights, setWeights } from 'microlora/weights';
import { difference, normal, random, refuses, vector } from './helpers.js';

await init();

function trained(rank, seed, n = 20, m = 30) {
  const next = random(seed), lora = new MicroLoRA({ inputDim: n, outputDim: m, rank, alpha: 1.5 });
  setWeights(lora, { loraA: vector(n * rank, () => normal(next)), loraB: vector(rank * m, () => normal(next)) });
  return lora;
}

test('a sum of adapters is the sum of their deltas', () => {
  const [a, b] = [trained(2, 1), trained(3, 2)], total = sum([{ adapter: a, weight: 0.5 }, { adapter: b, weight: -2 }]);
  const [da, db] = [a.delta(), b.delta()];
  assert.ok(difference(total.delta(), da.map((v, i) => 0.5 * v - 2 * db[i])) < 1e-6);
  assert.equal(getWeights(total).rank, 5);
});

test('truncation takes a sum back, exactly where its rank allows', () => {
  const a = trained(2, 3), twice = sum([{ adapter: a }, { adapter: a }]);
  assert.ok(difference(truncate(twice, 2).delta(), a.delta().map((v) => 2 * v)) < 1e-5);
});

test('truncation is the best approximation: its error is that of the singular values left out', () => {
  const lora = trained(4, 4), full = lora.delta();
  let last = Infinity;
  for (const rank of [1, 2, 3, 4]) {
    const short = truncate(lora, rank), error = difference(short.delta(), full);
    assert.ok(error < last);
    last = error;
    // orthogonality of what is kept and what is left out (Eckart and Young)
    const kept = short.delta(), inner = kept.reduce((s, v, i) => s + v * (full[i] - v), 0);
    assert.ok(Math.abs(inner) < 1e-3 * kept.reduce((s, v) => s + v * v, 0));
  }
  assert.ok(last < 1e-5);
});

test('adapters of all faces take part, others are refused', () => {
  const config = new MicroLoraConfigWasm();
  config.inFeatures = config.outFeatures = 8;
  const total = sum([{ adapter: new WasmMicroLoRA(8) }, { adapter: new MicroLoraWasm(config) }]);
  assert.ok(total.delta().every((v) => v === 0), 'two fresh adapters make a fresh one');
  refuses(() => sum([]), 'length');
  refuses(() => sum([{ adapter: {} }]), 'type');
  refuses(() => sum([{ adapter: trained(2, 1) }, { adapter: trained(2, 1, 21) }]), 'shape');
  refuses(() => sum(Array.from({ length: 9 }, (_, i) => ({ adapter: trained(2, i) }))), 'range', /16 at most/);
  refuses(() => truncate(trained(2, 1), 3), 'range');
  refuses(() => getWeights(undefined), 'type');
  refuses(() => setWeights(config, { loraA: [], loraB: [] }), 'type');
  const gone = trained(2, 1), weights = getWeights(gone);
  refuses(() => setWeights(gone, { ...weights, loraA: weights.loraA.fill(NaN) }), 'finite', /loraA: .* NaN at 0/);
  gone.free();
  refuses(() => getWeights(gone), 'freed');
});

test('safetensors files go out in the PEFT layout and come back', () => {
  const lora = trained(3, 5), file = toSafetensors({ 'model.layers.0.q_proj': lora });
  const size = new DataView(file.buffer).getUint32(0, true), header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + size)));
  assert.deepEqual(header['model.layers.0.q_proj.lora_A.weight'].shape, [3, 20]);
  assert.deepEqual(header['model.layers.0.q_proj.lora_B.weight'].shape, [30, 3]);
  assert.equal(header.__metadata__.lora_alpha, '4.5');
  assert.equal(size % 8, 0);
  const back = toAdapter(fromSafetensors(file)['model.layers.0.q_proj']);
  assert.deepEqual(back.delta(), lora.delta());
});

test('damaged safetensors files are refused', () => {
  const file = toSafetensors({ q: trained(2, 6) }), next = random(1);
  refuses(() => fromSafetensors(new Uint8Array(4)), 'bytes');
  refuses(() => fromSafetensors('x'), 'type');
  for (let i = 0; i < 2000; ++i) {
    const bad = file.slice(0, next() < 0.3 ? Math.floor(next() * file.length) : file.length);
    for (let k = 0; k < 3; ++k) bad[Math.floor(next() * Math.min(300, bad.length))] = Math.floor(next() * 256);
    try {
      fromSafetensors(bad);
    } catch (error) {
      assert.equal(error.name, 'MicroLoraError', error.stack);
    }
  }
});
