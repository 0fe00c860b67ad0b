// What a program asks of the package, on a model of two layers: adapters, whole models, proof, corpora, aborts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LabError, createEngine } from '../src/index.js';
import { all, oracle, program } from './helpers.js';

const base = join(oracle, 'gguf/llama-tied.F32.gguf'), peft = join(oracle, 'lora/llama-tied_lora');
const scratch = mkdtempSync(join(tmpdir(), 'loralab-'));
const corpus = Array.from({ length: 24 }, (_, i) => JSON.stringify({ prompt: `Question ${i}: `, completion: `answer ${i * i}.` })).join('\n');
const settings = { corpus, name: 'squares.jsonl', steps: 6, context: 48, warmup: 1, lr: 0.01, seed: 4, eval_every: 3 };
/** @type {import('../src/index.js').Engine} */
let engine;
/** @type {import('../src/index.js').Model} */
let model;

before(async () => {
  engine = await createEngine({ threads: 2 });
  model = await engine.loadModel(base);
});
after(() => {
  engine.dispose();
  rmSync(scratch, { recursive: true });
});

/** @param {import('../src/generation.js').GenerateOptions} [options] */
const answer = async (options) => (await all(model.generate('Question 3: ', { maxTokens: 12, ...options }))).map(({ id }) => id);
/** @param {Promise<any>} promise @returns {Promise<LabError>} */
const refusal = (promise) => promise.then(() => assert.fail('was not refused'), (error) => {
  assert.ok(error instanceof LabError, String(error));
  return error;
});

test('the engine says which build was taken, and why', async () => {
  assert.match(engine.flavour, /SIMD.*; 2 threads, as asked$/);
  const other = await createEngine();
  assert.match(other.flavour, /because/);
  other.dispose();
  assert.equal((await refusal(createEngine({ threads: 0 }))).code, 'bad_argument');
});

test('modules and worker come from where one says', async () => {
  const there = await createEngine({ threads: 1, wasmUrl: new URL('../wasm/', import.meta.url), workerUrl: new URL('../src/worker.js', import.meta.url) });
  there.dispose();
  const one = await createEngine({ threads: 1, relaxed: false, wasmUrl: new URL('../wasm/loralab.wasm', import.meta.url) });
  one.dispose();
  assert.equal((await refusal(createEngine({ wasmUrl: new URL('../nowhere/', import.meta.url) }))).code, 'not_found');
  assert.equal((await refusal(createEngine({ workerUrl: new URL('../nowhere.js', import.meta.url) }))).code, 'io');
});

test('several adapters stay loaded; an answer names one, its strength, or none', async () => {
  const plain = await answer();
  const first = await model.loadAdapter(peft);
  assert.deepEqual({ ...first.info, base_model: '' }, { rank: 4, alpha: 8, variant: 'lora', pairs: 14, parameters: first.info.parameters, base_model: '',
    targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] });
  const adapted = await answer();
  const second = await model.loadAdapter(readFileSync(join(oracle, 'gguf/adapter.gguf')));
  assert.notDeepEqual(adapted, plain);
  assert.deepEqual(await answer(), adapted, 'the GGUF file holds the same adapter');
  assert.deepEqual(await answer({ adapter: first }), adapted);
  assert.deepEqual(await answer({ adapter: null }), plain);
  assert.deepEqual(await answer({ adapter: first, strength: 0 }), plain);
  assert.deepEqual(await answer({ adapter: first, strength: 1 }), adapted);
  const strong = await answer({ adapter: first, strength: 2 });
  assert.notDeepEqual(strong, adapted);
  assert.deepEqual(await answer({ adapter: first, strength: 2 }), strong);
  assert.equal((await refusal(answer({ adapter: first, strength: 3 }))).place.field, 'strength');
  await second.dispose();
  assert.deepEqual(await answer(), plain, 'the adapter that answers came with is gone');
  assert.deepEqual(await answer({ adapter: first }), adapted);
  assert.equal((await refusal(answer({ adapter: second }))).code, 'not_found');
  const other = await engine.loadModel(base);
  assert.equal((await refusal(all(other.generate('x', { adapter: first })))).code, 'mismatch');
  await other.dispose();
  await first.dispose();
});

test('an adapter comes as a zip, stored or deflated, as Files, and as a path', async () => {
  const expected = await (async () => { await model.loadAdapter(peft); return answer(); })();
  const [weights, config] = ['adapter_model.safetensors', 'adapter_config.json'].map((name) => readFileSync(join(peft, name)));
  for (const [name, mode] of [['stored', 'ZIP_STORED'], ['deflated', 'ZIP_DEFLATED']]) {
    const code = `import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.${mode}) as z:\n  for n in sys.argv[3:]: z.write(sys.argv[2] + '/' + n, 'folder/' + n)`;
    execFileSync('python3', ['-c', code, join(scratch, `${name}.zip`), peft, 'adapter_config.json', 'adapter_model.safetensors', 'golden.safetensors']);
    await model.loadAdapter(new Blob([readFileSync(join(scratch, `${name}.zip`))]));
    assert.deepEqual(await answer(), expected, name);
  }
  await model.loadAdapter([new File([config], 'adapter_config.json'), new File([weights], 'adapter_model.safetensors')]);
  assert.deepEqual(await answer(), expected);
  await model.loadAdapter(weights, { config: JSON.parse(config.toString()) });
  assert.deepEqual(await answer(), expected);
  await model.loadAdapter(null);
});

test('a file that is no adapter of this model is refused in a sentence', async () => {
  const zip = readFileSync(join(scratch, 'deflated.zip')), weights = readFileSync(join(peft, 'adapter_model.safetensors'));
  /** @type {[any, any, string][]} */
  const wrong = [
    [readFileSync(base), {}, 'mismatch'], [weights, {}, 'not_found'], [new Uint8Array([1, 2, 3]), { config: '{}' }, 'bad_json'],
    [weights.subarray(0, 200), { config: readFileSync(join(peft, 'adapter_config.json'), 'utf8') }, 'truncated'],
    [zip.subarray(0, zip.length - 30), {}, 'corrupt'], [zip.subarray(0, 100), {}, 'corrupt'], [join(scratch, 'nowhere'), {}, 'not_found'],
    [[new File(['{}'], 'adapter_config.json')], {}, 'not_found'],
  ];
  const flipped = Buffer.from(zip);
  flipped[flipped.indexOf('adapter_model.safetensors') + 200] ^= 1;
  wrong.push([flipped, {}, 'corrupt']);
  for (const [bytes, options, code] of wrong) {
    const error = await model.loadAdapter(bytes, options).then(() => assert.fail(`${code} was not refused`), (reason) => reason);
    assert.equal(error.code, code, `${error.message} ${JSON.stringify(error.place)}`);
    assert.ok(error.message.length > 10 && error.remedy.length > 10, `${error.message}|${error.remedy}`);
  }
  assert.equal((await answer()).length, 12);
});

test('answers come from the adapter that is being trained, between its steps and while it is paused', async () => {
  const plain = await answer({ adapter: null });
  const run = await model.train(settings), answers = [];
  for await (const { step, val_loss } of run) {
    assert.equal(val_loss !== undefined, step % 3 === 0);
    answers.push(await answer({ adapter: run }));
    if (step === 4) {
      run.pause();
      assert.deepEqual(await answer({ adapter: run }), answers.at(-1));
      run.resume();
    }
  }
  assert.equal(answers.length, 6);
  assert.notDeepEqual(answers[5], plain);
  assert.deepEqual(await answer(), plain, 'nothing else has changed');
  assert.throws(() => run.model(), { name: 'LabError', code: 'unsupported' });
  const handle = await model.loadAdapter(await run.adapter().toPeftZip());
  assert.deepEqual(await answer({ adapter: handle }), answers[5]);
  await handle.dispose();

  const proof = await run.proof();
  assert.equal(proof.steps, 6);
  assert.equal(proof.parameters, run.info.parameters);
  assert.ok(proof.parameters_changed > 0.9 * proof.parameters && proof.weights_affected < proof.weights);
  assert.ok(/** @type {number} */ (proof.val_loss_last) < /** @type {number} */ (proof.val_loss_first));
  assert.ok(/** @type {number} */ (proof.loss_last) < /** @type {number} */ (proof.loss_first));
  for await (const { difference, backward } of model.checkGradient({ adapter: run, directions: 3 })) assert.ok(difference < 2e-3 && backward !== 0, `${difference}`);
  await run.dispose();
  assert.equal((await refusal(answer({ adapter: run }))).code, 'not_found');
});

test('a whole model is trained as natively, and comes out as GGUF and as a folder', async () => {
  writeFileSync(join(scratch, 'squares.jsonl'), corpus);
  const { name, corpus: text, ...numbers } = settings, out = join(scratch, 'full'), log = join(scratch, 'full.jsonl');
  const flags = Object.entries(numbers).flatMap(([key, value]) => [`--${key.replaceAll('_', '-')}`, String(value)]);
  execFileSync(program, ['train', '--model', base, '--data', join(scratch, name), '--variant', 'full', '--precision', 'f32', '--out', out, '--log', log, '--json', ...flags], { stdio: 'pipe' });
  const native = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter(({ loss }) => loss !== undefined).map(({ loss }) => loss);

  const plan = await model.plan({ ...settings, mode: 'full' });
  assert.equal(plan.parameters, model.info.parameters);
  const run = await model.train({ ...settings, mode: 'full' });
  assert.equal(run.info.parameters, model.info.parameters);
  const losses = (await all(run)).map(({ loss }) => loss);
  for (const [i, loss] of losses.entries()) assert.ok(Math.abs(loss - native[i]) < 1e-3, `${losses} and ${native}`);
  assert.equal(losses.length, 6);
  const expected = await answer({ adapter: run });
  assert.equal((await refusal(answer({ adapter: run, strength: 0.5 }))).code, 'unsupported');
  assert.ok((await run.proof()).weights_affected > 0.9 * model.info.parameters);

  assert.throws(() => run.adapter(), { name: 'LabError', code: 'unsupported' });
  const gguf = await run.model().toGguf(), half = await run.model().toGguf({ dtype: 'f16' });
  assert.ok(half.size < 0.6 * gguf.size);
  const files = await run.model().toFolder();
  assert.deepEqual(Buffer.from(await (await run.model().toSafetensors()).arrayBuffer()), Buffer.from(await files['model.safetensors'].arrayBuffer()));
  const reloaded = await engine.loadModel(gguf);
  assert.deepEqual((await all(reloaded.generate('Question 3: ', { maxTokens: 12 }))).map(({ id }) => id), expected);
  await reloaded.dispose();
  const folder = await engine.loadModel(Object.entries(files).map(([file, blob]) => new File([blob], file)));
  const ids = [await model.tokenize('Question 3: ')];
  assert.deepEqual(Array.from((await folder.probe({ ids, continue: expected.length })).tensors.greedy.data), expected);
  await folder.dispose();
  await run.dispose();
});

test('a whole model\'s run goes on from its checkpoint to the same result', async () => {
  const options = { ...settings, mode: /** @type {'full'} */ ('full'), val_fraction: 0 };
  const losses = (await all(await model.train(options))).map(({ loss }) => loss);
  const begun = await model.train(options), parted = [];
  for await (const { step, loss } of begun) {
    parted.push(loss);
    if (step === 3) break;
  }
  const resumed = await model.train({ corpus, name: settings.name, checkpoint: await begun.checkpoint() });
  parted.push(...(await all(resumed)).map(({ loss }) => loss));
  assert.deepEqual(parted, losses);
});

test('a corpus is told in figures and shown with what of it is learnt', async () => {
  const report = await model.corpus({ corpus, name: 'squares.jsonl', context: 48, previewDocuments: 2, val_fraction: 0.25 });
  assert.equal(report.samples, 24);
  assert.equal(report.documents, 24);
  assert.equal(report.preview.length, 2);
  assert.ok(report.train_loss_tokens > 0 && report.train_loss_tokens < report.train_tokens && report.val_tokens > 0);
  assert.equal(report.train_tokens + report.val_tokens, report.tokens);
  const [{ line, spans }] = report.preview;
  assert.equal(line, 1);
  assert.equal(spans.map(({ text }) => text).join('').replace(/<[^>]*>/g, ''), 'Question 0: answer 0.');
  assert.deepEqual(spans.filter(({ trained }) => trained).map((span) => span.text.replace(/<[^>]*>/g, '')), ['answer 0.']);
  const text = await model.corpus({ corpus: 'All of a text is learnt. '.repeat(20), name: 'a.txt', context: 64, val_fraction: 0, previewTokens: 10 });
  assert.ok(text.preview[0].cut && text.preview[0].spans.at(-1)?.trained);
  for (const [bad, code, at] of /** @type {[string, string, number][]} */ ([['{"text":"good"}\n{"text":1}\n', 'bad_json', 2], ['{"text":"good"}\n\n{"text', 'bad_json', 3], ['{"text":"good"}\n{}\n', 'bad_json', 2]])) {
    const error = await refusal(model.corpus({ corpus: bad, name: 'bad.jsonl' }));
    assert.equal(error.code, code);
    assert.equal(error.place.line, at);
  }
});

test('the engine says what its memory has grown to, and a run what it needs of it', async () => {
  const other = await createEngine({ threads: 1 }), begun = other.memoryBytes;
  assert.ok(begun > 0);
  const small = await other.loadModel(base), loaded = other.memoryBytes;
  assert.ok(loaded >= begun + readFileSync(base).length / 2, `${begun}, then ${loaded}`);
  const options = { ...settings, corpus: `${corpus}\n`.repeat(400), steps: 1, context: 128, batch: 128, val_fraction: 0 };
  const plan = await small.plan(options), run = await small.train(options);
  await all(run);
  await run.adapter().toSafetensors();
  const peak = await run.peakBytes();
  assert.ok(Math.abs(plan.peak_bytes / peak - 1) < 0.1, `${plan.peak_bytes} were planned, ${peak} taken`);
  const grown = other.memoryBytes;
  assert.ok(grown >= peak);
  await run.dispose();
  assert.equal(other.memoryBytes, grown, 'it never shrinks');
  const next = await small.train({ ...settings, steps: 1, val_fraction: 0 });
  await all(next);
  assert.ok(await next.peakBytes() < peak, 'what was given back does not count');
  other.dispose();
});

test('an abort is heard at any point, and the engine goes on', async () => {
  const expected = await answer({ adapter: null });
  const interrupted = { name: 'LabError', code: 'interrupted' };
  const prompt = 'a long prompt of many, many words';
  for (const when of ['before', 'prefill', 'first token', 'third token']) {
    const controller = new AbortController(), { signal } = controller;
    let count = 0, told = 0;
    if (when === 'before') controller.abort();
    await assert.rejects(async () => {
      for await (const _ of model.generate(prompt, { maxTokens: 30, signal, onPrefill: () => { if (++told === 1 && when === 'prefill') controller.abort(); } }))
        if (++count === (when === 'first token' ? 1 : 3)) controller.abort();
    }, interrupted, when);
    assert.equal(count, when.endsWith('token') ? (when === 'first token' ? 1 : 3) : 0, when);
    assert.deepEqual(await answer({ adapter: null }), expected, when);
  }
  await assert.rejects(engine.loadModel(base, { signal: AbortSignal.abort() }), interrupted);
  const controller = new AbortController();
  await assert.rejects(engine.loadModel(base, { signal: controller.signal, onProgress: () => controller.abort() }), interrupted);
  const run = await model.train(settings), steps = [];
  for await (const { step } of run) {
    steps.push(step);
    if (step === 2) run.abort();
  }
  assert.deepEqual(steps, [1, 2]);
  assert.equal((await run.adapter().toSafetensors()).length > 1000, true);
  await run.dispose();
  assert.deepEqual(await answer({ adapter: null }), expected);
});

test('what was disposed of, and an engine that is gone, refuse by name', async () => {
  const other = await createEngine({ threads: 1 }), there = await other.loadModel(base);
  const waiting = refusal(there.plan(settings));
  other.dispose();
  assert.equal((await waiting).code, 'not_found');
  assert.equal((await refusal(there.tokenize('x'))).message, 'the engine was disposed of');
});

test('a file says what it is', async () => {
  assert.equal((await engine.inspect(base)).format, 'gguf');
  const adapter = await engine.inspect(join(peft, 'adapter_model.safetensors'));
  assert.equal(adapter.format, 'peft adapter');
  assert.equal(adapter.tensors?.length, 28);
  assert.equal((await engine.inspect(new File([corpus], 'x.jsonl'))).samples, 24);
  assert.equal((await refusal(engine.inspect(new File(['?'], 'x.png')))).code, 'unsupported');
});
