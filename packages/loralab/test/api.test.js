// What else a program asks of the package, on a model of two layers: builds, corpora, memory, aborts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEngine } from '../src/index.js';
import { all } from './helpers.js';
import { answer, base, corpus, engine, model, peft, refusal, settings } from './small-model.js';

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
