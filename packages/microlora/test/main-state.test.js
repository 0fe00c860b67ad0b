import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { MicroLoRA, reserve } from 'microlora';
import { normal, random, refuses, vector } from './helpers.js';

const wasm = /** @type {any} */ (await init());

const make = (config) => new MicroLoRA({ inputDim: 64, outputDim: 64, ...config });

test('saved bytes carry on with the identical run', () => {
  const next = random(8), data = Array.from({ length: 40 }, () => [vector(64, () => normal(next)), vector(64, () => normal(next))]);
  const a = make({ optimizer: 'adam', dropout: 0.2, seed: 5 });
  data.slice(0, 20).forEach(([x, y]) => a.adapt(x, y));
  const b = MicroLoRA.load(a.save());
  data.slice(20).forEach(([x, y]) => assert.equal(a.adapt(x, y), b.adapt(x, y)));
  assert.deepEqual(a.save(), b.save());
});

test('bytes that were changed, cut or made by another version are refused', () => {
  const bytes = make().save();
  for (let at = 0; at < bytes.length; at += 97) {
    const changed = bytes.slice();
    changed[at] ^= 4;
    assert.throws(() => MicroLoRA.load(changed), { name: 'MicroLoraError' });
  }
  refuses(() => MicroLoRA.load(bytes.slice(0, -1)), 'checksum');
  refuses(() => MicroLoRA.load(new Uint8Array(3)), 'bytes', /at least 84 bytes, got 3/);
  refuses(() => MicroLoRA.load('text'), 'type');
  const withBase = new MicroLoRA({ inputDim: 2, outputDim: 2, baseWeights: [1, 2, 3, 4] }).save();
  refuses(() => MicroLoRA.load(withBase), 'base');
  refuses(() => MicroLoRA.load(withBase, { baseWeights: [1, 2, 3, 5] }), 'base');
  assert.ok(MicroLoRA.load(withBase, { baseWeights: [1, 2, 3, 4] }).predict([1, 1]));
});

test('a freed adapter throws, a second free does nothing', () => {
  const lora = make();
  lora.free();
  lora.free();
  for (const use of ['delta', 'reset', 'save', 'forward']) refuses(() => lora[use](), 'freed');
  refuses(() => lora.predict(new Float32Array(64)), 'freed');
  refuses(() => lora.input, 'freed');
  const other = make();
  other[Symbol.dispose]();
  refuses(() => other.dispose() ?? other.reset(), 'freed');
});

test('an element that frees the adapter while it is read does no harm', () => {
  const lora = make();
  const trap = Array.from({ length: 64 }, () => ({ valueOf: () => (lora.free(), 1) }));
  refuses(() => lora.predict(trap), 'freed');
  assert.ok(make().predict(new Float32Array(64)));
});

test('views on the shared memory stay right when it grows', () => {
  const lora = make(), held = lora.input;
  held.fill(2);
  const size = wasm.memory.buffer.byteLength, many = [];
  while (wasm.memory.buffer.byteLength === size) many.push(new MicroLoRA({ inputDim: 4096, outputDim: 4096, rank: 8 }));
  assert.equal(held.length, 0, 'the old array is detached');
  assert.deepEqual(lora.input, new Float32Array(64).fill(2), 'the new one shows the same numbers');
  assert.equal(lora.input, lora.input);
  lora.forward();
  assert.equal(lora.output.length, 64);
  many.forEach((one) => one.free());

  reserve(2 ** 22);
  const kept = lora.input;
  const more = Array.from({ length: 8 }, () => make());
  kept[0] = 7;
  assert.equal(lora.input[0], 7, 'nothing moves after reserve()');
  more.forEach((one) => one.free());
});
