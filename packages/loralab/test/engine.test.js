// The engine in WebAssembly on the real model, beside golden data and the native program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LabError, createEngine } from '../src/index.js';
import { readTensors } from '../src/tensors.js';
import { all, corpus, golden, modelPath, oracle, program } from './helpers.js';
import { difference } from './oracle/checks.js';

const prompts = /** @type {{ ids: number[], loss: number, greedy: number[] }[]} */ (golden('smollm2/prompts.json'));

/** @type {import('../src/index.js').Engine} */
let engine;
/** @type {import('../src/index.js').Model} */
let model;
/** @type {{ loaded: number, total: number }[]} */
const progress = [];
const scratch = mkdtempSync(join(tmpdir(), 'loralab-'));

before(async () => {
  engine = await createEngine();
  model = await engine.loadModel(modelPath, { onProgress: (p) => progress.push(p) });
});
after(() => {
  engine.dispose();
  rmSync(scratch, { recursive: true });
});

test('loading tells how far it is, and what the model is', () => {
  assert.equal(progress.at(-1)?.loaded, progress.at(-1)?.total);
  assert.ok(progress.length > 10);
  assert.equal(model.info.layers, 30);
  assert.equal(model.info.vocab, 49152);
});

test('the model is in memory once', () => {
  assert.ok(engine.memoryBytes > 98e6 && engine.memoryBytes < 98e6 * 1.5, `${engine.memoryBytes} bytes`);
});

test('texts and conversations become the ids of the reference tokenizer, and texts again', async () => {
  for (const one of golden('tokenizer/smollm2.json')) {
    assert.deepEqual(await model.tokenize(one.text, { parseSpecial: true }), one.ids);
    assert.deepEqual(await model.tokenize(one.text), one.plain_ids);
    assert.equal(await model.detokenize(one.ids), one.decoded);
    assert.equal(await model.detokenize(one.ids, { skipSpecial: true }), one.decoded_skip_special);
  }
  for (const { ids, decoded } of golden('tokenizer/smollm2_decode.json')) assert.equal(await model.detokenize(ids), decoded);
  for (const { messages, add_generation_prompt: addGenerationPrompt, text, ids } of golden('tokenizer/smollm2_chat.json')) {
    assert.equal((await model.applyTemplate(messages, { addGenerationPrompt })).text, text);
    assert.deepEqual(await model.tokenize(text, { parseSpecial: true }), ids);
  }
  // What somebody writes is never a control token.
  const hostile = await model.applyTemplate([{ role: 'user', content: '<|im_end|>' }]);
  assert.notDeepEqual(hostile.ids, await model.tokenize(hostile.text, { parseSpecial: true }));
});

test('greedy continuation is the reference\'s', async () => {
  const [{ ids, greedy }] = prompts;
  const tokens = await all(model.generate(ids, { maxTokens: greedy.length }));
  assert.deepEqual(tokens.map(({ id }) => id), greedy);
});

test('an answer is the native program\'s, token by token', async () => {
  const prompt = 'The water at the north pier';
  const native = JSON.parse(execFileSync(program, ['generate', '--model', modelPath, '--prompt', prompt, '--max-tokens', '32', '--json'], { encoding: 'utf8' }));
  const tokens = await all(model.generate(prompt, { maxTokens: 32 }));
  assert.deepEqual(tokens.map(({ id }) => id), native.ids);
  assert.equal(tokens.map(({ text }) => text).join(''), native.text);
  assert.equal(tokens.at(-1)?.reason, native.stop_reason);
});

test('a conversation is answered, and an abort ends the answer', async () => {
  const messages = [{ role: 'user', content: 'Name the capital of France.' }];
  const text = (await all(model.chat(messages, { maxTokens: 16 }))).map((t) => t.text).join('');
  assert.match(text, /Paris/);
  const controller = new AbortController();
  let count = 0;
  await assert.rejects(async () => {
    for await (const _ of model.chat(messages, { maxTokens: 50, signal: controller.signal })) if (++count === 3) controller.abort();
  }, { name: 'LabError', code: 'interrupted' });
  assert.equal(count, 3);
});

test('losses and gradients are those of the reference', async () => {
  const golden = readTensors(new Uint8Array(readFileSync(join(oracle, 'smollm2/golden.safetensors'))));
  for (const { ids, loss: want } of prompts.filter(({ ids }) => ids.length <= 128)) {
    const { loss } = await model.probe({ ids: [ids] });
    assert.ok(Math.abs(loss - want) < 2e-5 * want, `${ids.length} tokens: ${loss} instead of ${want}`);
  }
  const adapter = await model.loadAdapter(join(oracle, 'smollm2/adapter'));
  const { ids } = prompts.find(({ ids }) => ids.length === 128), { loss, tensors } = await model.probe({ ids: [ids], grads: true });
  assert.ok(Math.abs(loss - golden.tuned_loss.data[0]) < 5e-5 * loss);
  const names = Object.keys(golden).filter((name) => name.startsWith('grad.'));
  assert.equal(names.length, 12);
  for (const name of names) assert.ok(difference(tensors[name].data, golden[name].data) < 5e-3, name);
  const squares = Object.keys(tensors).filter((name) => name.startsWith('grad.')).flatMap((name) => Array.from(tensors[name].data, (value) => value * value));
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  assert.ok(Math.abs(norm - golden.grad_norm.data[0]) < 2e-4 * norm);
  await adapter.dispose();
});

test('its gradient is the slope of its loss', async () => {
  const ids = [await model.tokenize('The water at the north pier is calm this morning, and the keeper writes it down.')];
  const found = await all(model.checkGradient({ ids, directions: 3 }));
  assert.equal(found.length, 3);
  for (const { difference, parameters, backward } of found) assert.ok(difference < 1e-3 && parameters > 1e5 && backward > 0.1, JSON.stringify(found));
});

test('a long prompt is read in pieces, between which an abort is heard', async () => {
  const controller = new AbortController(), read = /** @type {number[]} */ ([]);
  await assert.rejects(all(model.generate('The tide tables of Skerrow Haven. '.repeat(60), {
    signal: controller.signal, onPrefill: (progress) => { read.push(progress.read); controller.abort(); },
  })), { name: 'LabError', code: 'interrupted' });
  assert.deepEqual(read, [128]);
});

test('training has the native losses, and its adapter is read by both', async () => {
  const settings = ['--steps', '5', '--context', '128', '--seed', '7', '--warmup', '1', '--val-fraction', '0.02'];
  const out = join(scratch, 'native'), log = join(scratch, 'log.jsonl');
  const report = JSON.parse(execFileSync(program, ['train', '--model', modelPath, '--data', corpus, '--out', out, '--log', log, '--eval-every', '0', '--precision', 'f32', '--threads', '1', '--json', ...settings], { encoding: 'utf8', stdio: 'pipe' }));
  const native = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter(({ loss }) => loss !== undefined);

  const run = await model.train({ corpus: readFileSync(corpus), name: 'harbour-log.jsonl', steps: 5, context: 128, seed: 7, warmup: 1, val_fraction: 0.02, eval_every: 0 });
  const steps = await all(run);
  assert.equal(steps.length, 5);
  const ours = steps.map(({ loss }) => loss), theirs = native.map(({ loss }) => loss).slice(0, 5);
  for (let i = 0; i < 5; ++i) assert.ok(Math.abs(ours[i] - theirs[i]) < 1e-3, `step ${i + 1}: ${ours} and ${theirs}`);

  const proof = await run.proof();
  for (const key of /** @type {const} */ (['loss_first', 'loss_last', 'val_loss_first', 'val_loss_last']))
    assert.ok(Math.abs(/** @type {number} */ (proof[key]) - report[key]) < 1e-3, `${key}: ${proof[key]} and ${report[key]}`);

  const adapter = run.adapter();
  const weights = await adapter.toSafetensors(), config = await adapter.config();
  const theirWeights = readFileSync(join(out, 'adapter_model.safetensors'));
  assert.equal(weights.length, theirWeights.length);
  writeFileSync(join(scratch, 'adapter_model.safetensors'), weights);
  writeFileSync(join(scratch, 'adapter_config.json'), JSON.stringify(config));
  writeFileSync(join(scratch, 'adapter.gguf'), await adapter.toGguf());
  writeFileSync(join(scratch, 'adapter.zip'), await adapter.toPeftZip());
  execFileSync('python3', ['-m', 'zipfile', '-t', join(scratch, 'adapter.zip')]);

  const prompt = 'The harbour';
  const ask = (/** @type {string} */ path) => JSON.parse(execFileSync(program, ['generate', '--model', modelPath, '--adapter', path, '--prompt', prompt, '--max-tokens', '12', '--json'], { encoding: 'utf8' })).ids;
  await model.loadAdapter(weights, { config });
  const adapted = (await all(model.generate(prompt, { maxTokens: 12 }))).map(({ id }) => id);
  assert.deepEqual(adapted, ask(join(scratch, 'adapter_model.safetensors')));
  assert.deepEqual(adapted, ask(join(scratch, 'adapter.gguf')));
  await model.loadAdapter(null);
  await run.dispose();
});

test('refusals are typed, with their place and a remedy', async () => {
  const refused = async (/** @type {Promise<any>} */ promise) => promise.then(() => assert.fail('was not refused'), (error) => {
    assert.ok(error instanceof LabError);
    return error;
  });
  assert.equal((await refused(engine.loadModel('/nowhere.gguf'))).code, 'not_found');
  assert.equal((await refused(engine.loadModel(new Uint8Array([1, 2, 3])))).code, 'truncated');
  const cut = readFileSync(modelPath).subarray(0, 1 << 20);
  const error = await refused(engine.loadModel(cut));
  assert.equal(error.code, 'truncated');
  assert.notEqual(error.remedy, '');
  const line = await refused(model.train({ corpus: '{"text":"sound"}\n{"text":\n' }));
  assert.equal(line.code, 'bad_json');
  assert.equal(line.place.line, 2);
  assert.equal((await refused(model.train({ corpus: 'x', name: 'a.txt', stepz: 3 }))).place.field, 'stepz');
  assert.equal((await refused(model.loadAdapter(readFileSync(join(oracle, 'lora/qwen2_lora/adapter_model.safetensors')), { config: readFileSync(join(oracle, 'lora/qwen2_lora/adapter_config.json'), 'utf8') }))).code, 'mismatch');
  assert.equal((await model.tokenize('still at work')).length > 0, true);
});
