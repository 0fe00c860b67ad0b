// The package in a page of Chromium, on the real model, under a policy that forbids eval.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openPage, serve } from '../../../testing/chromium.js';
import { corpus, golden, modelPath } from '../helpers.js';
import { gotoPackage } from './package-page.js';
import { ISOLATED, POLICY } from './policy.js';

/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;

before(async () => {
  server = await serve(fileURLToPath(new URL('../../', import.meta.url)), { '/model.gguf': modelPath, '/corpus.jsonl': corpus }, POLICY);
  browser = await openPage(chromium);
  await gotoPackage(browser.page, server.url);
});
after(async () => {
  await browser.close();
  server.close();
});

test('a page loads the model from a URL and gets the reference\'s greedy tokens', async () => {
  const [{ ids, greedy }] = golden('smollm2/prompts.json');
  const result = await browser.page.evaluate(async ({ prompt, count }) => {
    const { createEngine } = /** @type {any} */ (window).loralab;
    const engine = await createEngine({ relaxed: true });
    let told = 0;
    const model = await engine.loadModel('/model.gguf', { onProgress: () => ++told }), memory = engine.memoryBytes;
    Object.assign(window, { engine, model });
    const tokens = [];
    for await (const { id } of model.generate(prompt, { maxTokens: count })) tokens.push(id);
    return { tokens, told, memory };
  }, { prompt: ids, count: greedy.length });
  assert.deepEqual(result.tokens, greedy);
  assert.ok(result.told > 1);
  assert.ok(result.memory < 150e6);
});

test('the page stays responsive while it trains, pauses and goes on, and gets the adapter', async () => {
  const result = await browser.page.evaluate(async (text) => {
    const { model } = /** @type {any} */ (window);
    const run = await model.train({ corpus: new File([text], 'harbour-log.jsonl'), steps: 3, context: 64, val_fraction: 0 });
    const losses = [];
    let longest = 0, last = performance.now();
    const timer = setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; }, 10);
    for await (const { step, loss } of run) {
      losses.push(loss);
      if (step === 2) {
        run.pause();
        setTimeout(() => run.resume(), 100);
      }
    }
    clearInterval(timer);
    const weights = await run.adapter().toSafetensors(), config = await run.adapter().config();
    await model.loadAdapter(weights, { config });
    return { losses, longest, size: weights.length, rank: config.r };
  }, readFileSync(corpus, 'utf8').split('\n').slice(0, 20).join('\n'));
  assert.equal(result.losses.length, 3);
  assert.ok(result.losses.every((loss) => loss > 0 && loss < 10), `${result.losses}`);
  assert.ok(result.longest < 1000, `the page stood still for ${result.longest} ms`);
  assert.equal(result.rank, 8);
  assert.ok(result.size > 9e6);
});

test('a URL that is not there, and a load that is aborted, are refused by their codes', async () => {
  const codes = await browser.page.evaluate(async () => {
    const { engine } = /** @type {any} */ (window);
    const code = (/** @type {Promise<any>} */ promise) => promise.then(() => 'none', (error) => error.code);
    const controller = new AbortController();
    return [
      await code(engine.loadModel('/nowhere.gguf')),
      await code(engine.loadModel('/model.gguf', { signal: controller.signal, onProgress: () => controller.abort() })),
      await code(engine.loadModel(new File(['no model'], 'x.gguf'))),
    ];
  });
  assert.deepEqual(codes, ['not_found', 'interrupted', 'corrupt']);
  assert.deepEqual(browser.errors, []);
});

test('threads are refused where the page may not share memory, and compute the same where it may', async () => {
  const refused = await browser.page.evaluate(async () => /** @type {any} */ (window).loralab.createEngine({ threads: 2 }).then(() => 'none', (/** @type {any} */ error) => error.code));
  assert.equal(refused, 'unsupported');
  const isolated = await serve(fileURLToPath(new URL('../../', import.meta.url)), { '/model.gguf': modelPath },
    { ...POLICY, ...ISOLATED });
  try {
    await gotoPackage(browser.page, isolated.url);
    const [{ ids, greedy }] = golden('smollm2/prompts.json');
    const tokens = await browser.page.evaluate(async ({ prompt, count }) => {
      const engine = await /** @type {any} */ (window).loralab.createEngine({ threads: 2, relaxed: false });
      const model = await engine.loadModel('/model.gguf');
      const tokens = [];
      for await (const { id } of model.generate(prompt, { maxTokens: count })) tokens.push(id);
      engine.dispose();
      return tokens;
    }, { prompt: ids, count: greedy.length });
    assert.deepEqual(tokens, greedy);
    assert.deepEqual(browser.errors, []);
  } finally {
    isolated.close();
  }
});
