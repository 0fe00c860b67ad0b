import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { WasmScopedLoRA } from 'microlora/learning';
import { vector } from './helpers.js';

await init();

const ones = (n) => new Float32Array(n).fill(1);

test('operators carry their published names', () => {
  assert.deepEqual([0, 2, 9, 16].map(WasmScopedLoRA.scope_name), ['SeqScan', 'HnswScan', 'Filter', 'Result']);
  assert.equal(WasmScopedLoRA.scope_name(17), 'Unknown');
});

test('an operator starts from its category and ends on its own', () => {
  const lora = new WasmScopedLoRA(12, 1, 0.1), x = vector(12, (_, i) => Math.sin(i + 1));
  lora.forward_array(2, x);
  lora.adapt_array(2, ones(12));
  const taught = lora.forward_array(0, x);
  assert.notDeepEqual(taught, x, 'SeqScan learned from HnswScan');
  assert.deepEqual(lora.forward_array(9, x), x, 'Filter did not');
  lora.set_category_fallback(false);
  assert.deepEqual(lora.forward_array(0, x), x, 'without fallback the own adapter alone, exactly');
  lora.set_category_fallback(true);
  for (let i = 0; i < 10; ++i) (lora.forward_array(0, x), lora.adapt_array(0, ones(12)));
  const own = lora.forward_array(0, x);
  lora.set_category_fallback(false);
  assert.deepEqual(lora.forward_array(0, x), own, 'after ten adaptations likewise');
});

test('resetting an operator takes back what it taught its category', () => {
  const lora = new WasmScopedLoRA(12, 1, 0.1), x = ones(12);
  lora.forward_array(2, x);
  lora.adapt_array(2, x);
  lora.forward_array(3, x);
  lora.adapt_array(3, x);
  const both = lora.forward_array(0, x);
  lora.reset_scope(2);
  const one = lora.forward_array(0, x);
  assert.notDeepEqual(one, both);
  lora.reset_scope(3);
  assert.deepEqual(lora.forward_array(0, x), x);
  assert.equal(lora.total_forward_count(), 3n);
  lora.reset_all();
  assert.equal(lora.total_forward_count(), 0n);
});
