// The two builds of the module: forward passes agree to rounding, learning to the bit.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { difference } from './helpers.js';

const script = fileURLToPath(new URL('simd.js', import.meta.url)), flag = '--experimental-wasm-relaxed-simd';
// Node 20 has relaxed SIMD behind a flag that later versions no longer know.
const flags = spawnSync(process.execPath, [flag, '-e', '']).status === 0 ? [flag] : [];
const run = (/** @type {string} */ build) =>
  JSON.parse(execFileSync(process.execPath, [...flags, script, build], { encoding: 'utf8', maxBuffer: 2 ** 28 }));

test('the builds with and without fused multiply-add agree within 1e-6, and learn the same bits', () => {
  const relaxed = run('relaxed'), baseline = run('baseline');
  assert.ok(relaxed.outputs.length === 6);
  relaxed.outputs.forEach((/** @type {number[]} */ y, /** @type {number} */ i) => assert.ok(difference(y, baseline.outputs[i]) < 1e-6));
  assert.notDeepEqual(relaxed.outputs, baseline.outputs, 'the other build was chosen');
  assert.deepEqual(relaxed.bytes, baseline.bytes);
});
