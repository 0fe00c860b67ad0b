// The shortest way through the studio, most of it without a network and without the server: load, reload, train, chat, export.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { answerOf, ask, endOfRun, loadModel, setPlan, takeSample, useStudio } from './harness.js';
import { findings, look } from './screens.js';

const studio = useStudio();
let requestsOnline = 0;


test('the model loads, and the page keeps its own files', async () => {
  const { page } = studio.browser;
  await page.goto(studio.server.url);
  await loadModel(page);
  // Ready means that every file of its list is kept.
  await page.evaluate(() => navigator.serviceWorker.ready);
});

test('with the network cut and the server gone, a reload gives the same isolated page, and the kept model', async () => {
  const { page } = studio.browser;
  await studio.browser.context.setOffline(true);
  await studio.server.stop();
  requestsOnline = studio.browser.requests.length;
  await page.reload();
  assert.ok(await page.evaluate(() => crossOriginIsolated));
  await loadModel(page);
  await takeSample(page);
  await look(page, 'smoke');
  assert.deepEqual(findings, []);
});

test('there, an adapter is trained, answers, and is exported', async () => {
  const { page } = studio.browser;
  const dialog = await setPlan(page, { 'Steps': 3, 'Context': 64, 'Sample every': 0, 'Validate every': 0, 'Held-out share': 0, 'Warm-up steps': 0 });
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
  await endOfRun(page, 3);
  await page.getByRole('button', { name: 'Both' }).click();
  await ask(page, 'Name the capital of France.');
  for (const side of ['base', 'lora']) assert.match(await answerOf(page, side), /\w{2}/);
  await page.getByRole('button', { name: 'Download adapter' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^adapter_model\.safetensors/ }).click()]);
  assert.match(readFileSync(await file.path()).subarray(8, 4000).toString(), /lora_A\.weight/);
});

test('no request went to anybody else, and nothing went wrong unseen', () => {
  const strangers = studio.browser.requests.slice(requestsOnline).filter((url) => !url.startsWith('blob:') && new URL(url).origin !== new URL(studio.server.url).origin);
  assert.deepEqual(strangers, []);
  assert.deepEqual(studio.browser.errors, []);
});
