// A first visit: load the model, chat, then without a network: train on the sample, compare, take the adapter away and bring it back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, endOfRun, loadModel, modelPath, program, root, setPlan, stopAnswer, takeSample, useStudio } from './harness.js';

let requestsOnline = 0;
const folder = mkdtempSync(join(tmpdir(), 'adapter-'));

const studio = useStudio({}, async () => {
  await studio.browser.page.goto(studio.server.url);
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @param {RegExp} name */
async function download(name) {
  const { page } = studio.browser;
  await page.getByRole('button', { name: 'Download adapter' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
  return readFileSync(await file.path());
}

/** Lets the adapter answer. */
async function answerOfLora() {
  const { page } = studio.browser;
  await page.getByRole('button', { name: 'LoRA', exact: true }).click();
  await ask(page, 'What is the tide?');
  await stopAnswer(page, 'lora');
}

test('the model loads with a progress bar that counts its bytes', async () => {
  const { page } = studio.browser;
  const seen = page.evaluate(() => new Promise((resolve) => {
    /** @type {string[]} */
    const texts = [];
    const look = () => {
      const text = document.querySelector('.log [role=progressbar]')?.getAttribute('aria-valuetext');
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
  assert.ok(texts.every((text) => text.endsWith(`of ${total} MB`)), texts.join());
});

test('an answer streams, and stop ends it', async () => {
  const { page } = studio.browser;
  await ask(page, 'Name the capital of France.');
  await page.getByText(/Paris/).first().waitFor();
  await page.getByRole('button', { name: 'Send' }).waitFor();
  await ask(page, 'Count from one to two hundred in words.');
  await page.locator('.turn').nth(1).locator('.answer.base').waitFor();
  await stopAnswer(page, 'base');
  await page.getByText('Stopped.').waitFor();
});

test('without a network, the sample corpus trains an adapter, which then answers', async () => {
  const { page } = studio.browser;
  await takeSample(page);
  await studio.browser.context.setOffline(true);
  requestsOnline = studio.browser.requests.length;
  const dialog = await setPlan(page, { 'Steps': 6, 'Context': 64, 'Sample every': 3, 'Validate every': 0, 'Held-out share': 0.02, 'Warm-up steps': 1 });
  await dialog.getByText('fits', { exact: true }).first().waitFor();
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
  await endOfRun(page, 6);
  await answerOfLora();
  assert.match(await page.locator('[data-fact=time] dd').innerText(), /\d.* \/ \d/);
});

test('the adapter is downloaded as safetensors and as a PEFT folder, which the program loads', async () => {
  const weights = await download(/^adapter_model\.safetensors/);
  const header = JSON.parse(weights.subarray(8, 8 + Number(weights.readBigUInt64LE())).toString());
  assert.ok(Object.keys(header).some((key) => key.endsWith('layers.0.self_attn.q_proj.lora_A.weight')));
  writeFileSync(join(folder, 'peft.zip'), await download(/a PEFT folder/));
  execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'peft.zip'), join(folder, 'peft')]);
  assert.deepEqual(readFileSync(join(folder, 'peft/adapter_model.safetensors')), weights);
  const said = JSON.parse(execFileSync(program, ['generate', '--model', modelPath, '--adapter', join(folder, 'peft'), '--prompt', 'The tide', '--max-tokens', '4', '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  assert.equal(said.ids.length, 4);
});

test('an adapter is dropped back in, from here and from the program; a wrong file gets a sentence', async () => {
  const { page } = studio.browser;
  const input = page.getByLabel('Open an adapter');
  await input.setInputFiles(join(folder, 'peft.zip'));
  await page.getByRole('combobox', { name: 'Adapter' }).filter({ hasText: 'peft.zip' }).waitFor();
  await answerOfLora();
  execFileSync(program, ['train', '--model', modelPath, '--data', join(root, 'examples/harbour-log.jsonl'), '--steps', '1', '--context', '64', '--val-fraction', '0', '--out', join(folder, 'native')], { stdio: 'ignore' });
  await input.setInputFiles([join(folder, 'native/adapter_model.safetensors'), join(folder, 'native/adapter_config.json')]);
  await page.getByRole('combobox', { name: 'Adapter' }).filter({ hasText: 'adapter_model.safetensors' }).waitFor();
  await answerOfLora();
  writeFileSync(join(folder, 'wrong.safetensors'), 'no adapter');
  await input.setInputFiles(join(folder, 'wrong.safetensors'));
  const refusal = page.getByRole('dialog', { name: 'This file cannot be used' });
  assert.match(await refusal.getByRole('alert').innerText(), /safetensors|config/);
  await refusal.getByRole('button', { name: 'Close' }).click();
});

test('no request left the page since the network was cut, and nothing went wrong unseen', () => {
  assert.deepEqual(studio.browser.requests.slice(requestsOnline).filter((url) => !url.startsWith('blob:')), []);
  assert.deepEqual(studio.browser.errors, []);
});
