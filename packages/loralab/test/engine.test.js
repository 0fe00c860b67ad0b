// The engine in WebAssembly on the real model, beside golden data and the native program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LabError, createEngine } from '../src/index.js';
import { all, corpus, golden, modelPath, oracle, program } from './helpers.js';

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
  assert.ok(model.memoryBytes < 98e6 * 1.5, `${model.memoryBytes} bytes`);
});

test('texts become the ids of the reference tokenizer, and texts again', async () => {
  for (const { text, ids, plain_ids: plain } of golden('tokenizer/smollm2.json').slice(0, 100)) {
    assert.deepEqual(await model.tokenize(text, { parseSpecial: true }), ids);
    assert.deepEqual(await model.tokenize(text), plain);
  }
});

test('greedy continuation is the reference\'s', async () => {
  const [{ ids, greedy }] = golden('smollm2/prompts.json');
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

test('training has the native losses, and its adapter is read by both', async () => {
  const settings = ['--steps', '5', '--context', '128', '--seed', '7', '--warmup', '1'];
  const out = join(scratch, 'native'), log = join(scratch, 'log.jsonl');
  execFileSync(program, ['train', '--model', modelPath, '--data', corpus, '--out', out, '--log', log, '--eval-every', '0', '--threads', '1', '--json', ...settings], { stdio: 'pipe' });
  const native = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter(({ loss }) => loss !== undefined);

  const run = await model.train({ corpus: readFileSync(corpus), name: 'harbour-log.jsonl', steps: 5, context: 128, seed: 7, warmup: 1 });
  const steps = await all(run);
  assert.equal(steps.length, 5);
  const ours = steps.map(({ loss }) => loss), theirs = native.map(({ loss }) => loss).slice(0, 5);
  for (let i = 0; i < 5; ++i) assert.ok(Math.abs(ours[i] - theirs[i]) < 1e-3, `step ${i + 1}: ${ours} and ${theirs}`);

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
