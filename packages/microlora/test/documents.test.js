// Every code block of README.md and of the documents this package follows runs, with the import line changed.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import init, * as learning from 'microlora/learning';
import * as main from 'microlora';
import * as ruvllm from 'microlora/ruvllm';

const instance = await init();
const AsyncFunction = /** @type {any} */ (async () => {}).constructor;
const folder = new URL('../build-readme/', import.meta.url);

/** @param {string} text @param {RegExp} kind */
const blocks = (text, kind) => [...text.matchAll(/```(\w*)\s([\s\S]*?)```/g)].filter(([, k]) => kind.test(k)).map(([, , code]) => code);

test('the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8'), found = blocks(readme, /^js$/);
  assert.ok(found.length >= 5);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [i, code] of found.entries()) {
    const file = new URL(`block${i}.mjs`, folder);
    writeFileSync(file, code); // 'microlora' is resolved by the package's own exports map
    await import(file.href);
  }
  rmSync(folder, { recursive: true });
});

/** Runs a block without its imports and types, with names in scope. @param {string} code @param {Record<string, unknown>} scope */
async function run(code, scope) {
  const plain = stripVTControlCharacters(code)
    .replace(/^\s*import[^;]*;/gm, '')
    .replace(/\b(function \w+\()([^)]*)\)/g, (_, head, list) => `${head}${list.replace(/:\s*\w+/g, '')})`)
    .replace(/\bawait init\(\);/g, '');
  const declared = [...plain.matchAll(/\b(?:const|let|function|async function)\s+(\w+)/g)].map(([, name]) => name);
  const names = Object.keys(scope).filter((name) => name !== 'default' && !declared.includes(name));
  await new AsyncFunction(...names, plain)(...names.map((name) => scope[name]));
}

const specification = new URL('../../../../shared/specification/', import.meta.url);
const options = { skip: existsSync(specification) ? false : 'the documents are not here' };
const quiet = { log() {}, warn() {} };
const read = (/** @type {string} */ name) => readFileSync(new URL(name, specification), 'utf8');

test('the learning-wasm README (S1)', options, async () => {
  const found = blocks(read('S1-learning-wasm-readme.md').replace(/^\|\s*$/gm, ''), /^typescript$/);
  const lora = new learning.WasmMicroLoRA(256, 0.1, 0.01), x = new Float32Array(256).fill(0.1);
  assert.equal(found.length, 4);
  for (const code of found) {
    await run(code, { ...learning, lora, input: x, inputData: x, embedding: x, wasmInstance: instance, console: quiet });
  }
});

test('the learning-wasm skill text (S2)', options, async () => {
  const found = blocks(read('S2-learning-wasm-skill.md'), /^typescript$/).filter((code) => code.includes('new MicroLoRA({'));
  const adapter = new main.MicroLoRA({ inputDim: 512, outputDim: 512 });
  assert.ok(found.length >= 3);
  for (const code of found) {
    await run(code, { ...main, adapter, console: quiet, modelWeights: new Float32Array(512 * 512), layers: [{ in: 4, out: 8 }],
      activations: [new Float32Array(4)], targets: [new Float32Array(8)] });
  }
});

test('the ruvllm-wasm guide (S0)', options, async () => {
  const found = [...read('S0-ruvllm-wasm-microlora.md').matchAll(/```javascript ([\s\S]*?)```/g)].map(([, code]) => code);
  assert.ok(found.length >= 10);
  const storage = new Map(), hidden = new Float32Array(768).fill(0.1);
  for (const flat of found) {
    // the guide lost its line breaks: a comment ends where the next statement begins
    const code = flat.replace(/import [^;]*;/g, '').replace(
      /\/\/ (?:\[[^\]]*\]|[^[])*?(?=const [\w{]|let \w|(?:lora|config|feedback|localStorage|console)\.\w|await \w+[.(]|for \(|if \(|return |async function|function |[\]}]|$)/g, ' ');
    const config = new ruvllm.MicroLoraConfigWasm(), lora = new ruvllm.MicroLoraWasm(config);
    await run(code, { ...ruvllm, config, lora, hiddenState: hidden, feedback: new ruvllm.AdaptFeedbackWasm(0.5), console: quiet,
      localStorage: { setItem: (/** @type {string} */ k, /** @type {string} */ v) => storage.set(k, v), getItem: (/** @type {string} */ k) => storage.get(k) ?? null },
      codeHelpQuery: hidden, technicalExplanation: hidden, samples: [{ input: hidden, feedback: new ruvllm.AdaptFeedbackWasm(0.4) }],
      computeQualityVariance: () => 0.1, recentSamples: [], sampleCount: 3, rawQuality: 0.5, minQuality: 0, maxQuality: 1 });
  }
});
