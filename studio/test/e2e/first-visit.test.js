// A first visit: load the model, chat, train on the sample, chat with the adapter, take it away.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ask, endOfRun, loadModel, modelPath, openBrowser, serveStudio, setPlan, takeSample } from './harness.js';

/** @type {Awaited<ReturnType<typeof serveStudio>>} */
let server;
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser;

before(async () => {
  server = await serveStudio();
  browser = await openBrowser();
  await browser.page.goto(server.url);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('the model loads with a progress bar that counts its bytes', async () => {
  const { page } = browser;
  const seen = page.evaluate(() => new Promise((resolve) => {
    /** @type {string[]} */
    const texts = [];
    const look = () => {
      const bar = document.querySelector('.log [role=progressbar]');
      const text = bar?.getAttribute('aria-valuetext');
      if (text && texts.at(-1) !== text) texts.push(text);
      if (document.querySelector('textarea')) resolve(texts);
      else requestAnimationFrame(look);
    };
    look();
  }));
  await loadModel(page);
  const texts = /** @type {string[]} */ (await seen);
  const total = (statSync(modelPath).size / 1e6).toFixed(1);
  assert.ok(texts.length > 2, texts.join());
  assert.equal(texts.at(-1), `${total} MB of ${total} MB`);
});

test('an answer streams, and stop ends it', async () => {
  const { page } = browser;
  await ask(page, 'Name the capital of France.');
  await page.getByText(/Paris/).first().waitFor();
  await page.getByRole('button', { name: 'Send' }).waitFor();
  await ask(page, 'Count from one to two hundred in words.');
  await page.waitForFunction(() => (document.querySelector('.turn:last-of-type .text')?.textContent ?? '').length > 5);
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').waitFor();
});

test('the sample corpus trains an adapter, which then answers', async () => {
  const { page } = browser;
  await takeSample(page);
  const dialog = await setPlan(page, { 'Steps': 6, 'Context': 64, 'Sample every': 3, 'Validate every': 0, 'Held-out share': 0.02, 'Warm-up steps': 1 });
  await dialog.getByText('fits', { exact: true }).first().waitFor();
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
  await endOfRun(page, 6);
  assert.match(await page.locator('[data-tile=tokens] dd').innerText(), /^\d{2,4}$|^\d,\d{3}$/);
  await page.getByRole('button', { name: 'LoRA', exact: true }).click();
  await ask(page, 'What is the tide?');
  await page.locator('.answer.lora').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
});

test('the adapter is downloaded as safetensors and as a PEFT folder', async () => {
  const { page } = browser;
  const save = async (/** @type {RegExp} */ name) => {
    await page.getByRole('button', { name: 'Download adapter' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const weights = await save(/^adapter_model\.safetensors/);
  const header = JSON.parse(weights.bytes.subarray(8, 8 + Number(weights.bytes.readBigUInt64LE())).toString());
  assert.ok(Object.keys(header).some((key) => key.endsWith('layers.0.self_attn.q_proj.lora_A.weight')));
  const zip = await save(/a PEFT folder/);
  assert.equal(zip.bytes.readUInt32LE(), 0x04034b50);
  assert.ok(zip.bytes.includes('adapter_config.json'));
});

test('nothing went wrong that a person did not see', () => assert.deepEqual(browser.errors, []));
