import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { normal, random, refuses, vector } from './helpers.js';

await init();

function make(settings = {}) {
  return new MicroLoraWasm(Object.assign(new MicroLoraConfigWasm(), settings));
}

test('JSON restores outputs, statistics and pending feedback exactly', () => {
  const next = random(6), lora = make({ inFeatures: 24, outFeatures: 10, rank: 3, alpha: 6, seed: 11 }), x = vector(24, () => normal(next));
  for (let i = 0; i < 11; ++i) {
    lora.adapt(x, new AdaptFeedbackWasm(next()));
    lora.applyUpdates(0.02);
  }
  const feedback = new AdaptFeedbackWasm(0.4);
  feedback.gradient = vector(10, () => normal(next));
  lora.adapt(x, feedback);
  const json = lora.toJson(), copy = MicroLoraWasm.fromJson(json);
  assert.equal(json, lora.toJson());
  assert.equal(copy.toJson(), json);
  assert.deepEqual(copy.apply(x), lora.apply(x));
  assert.equal(copy.pendingUpdates(), 1);
  assert.equal(copy.getConfig().alpha, 6);
  copy.applyUpdates(0.1);
  lora.applyUpdates(0.1);
  assert.deepEqual(copy.apply(x), lora.apply(x));
});

test('malformed and inconsistent JSON is refused with the place', () => {
  const good = JSON.parse(make({ inFeatures: 4, outFeatures: 3 }).toJson());
  const edit = (change) => {
    const data = structuredClone(good);
    change(data, data.adapter);
    return () => MicroLoraWasm.fromJson(JSON.stringify(data));
  };
  refuses(edit((d, a) => a.lora_a.pop()), 'shape', /lora_a: expected 8 numbers, got 7/);
  refuses(edit((d, a) => a.lora_b.push(1)), 'shape', /lora_b: expected 6 numbers, got 7/);
  refuses(edit((d, a) => (a.rank = 3)), 'shape');
  refuses(edit((d, a) => (a.rank = 16)), 'json', /from 1 to 4, got 16/);
  refuses(edit((d, a) => (a.in_features = 5)), 'shape');
  refuses(edit((d, a) => (a.lora_a[2] = null)), 'json', /lora_a/);
  refuses(edit((d, a) => delete a.grad_b), 'json', /grad_b/);
  refuses(edit((d, a) => (a.scaling = 'x')), 'json', /scaling/);
  refuses(edit((d, a) => (a.lora_a = a.lora_a.map(String))), 'json');
  refuses(edit((d) => (d.version = 2)), 'version', /expected 1, got 2/);
  refuses(edit((d) => (d.explore = [1, 2])), 'shape');
  refuses(() => MicroLoraWasm.fromJson(JSON.stringify(good).replace('[', '[1e400,')), 'json');
  refuses(() => MicroLoraWasm.fromJson(''), 'json');
  refuses(() => MicroLoraWasm.fromJson('[1,2]'), 'json');
  refuses(() => MicroLoraWasm.fromJson(undefined), 'type');
  assert.ok(MicroLoraWasm.fromJson(JSON.stringify({ ...good, note: 'ü [1,2] "' }, null, 2)));
});
