// Base and adapter compared: either, both on one prompt, and everything in between by the strength.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { answerOf, ask, loadModel, modelPath, program, root, useStudio } from './harness.js';

const QUESTION = 'Name the capital of France.';
const folder = mkdtempSync(join(tmpdir(), 'compare-'));
let base = '', lora = '';

const studio = useStudio({}, async () => {
  // Few steps, but long ones: what is said has to change.
  execFileSync(program, ['train', '--model', modelPath, '--data', join(root, 'examples/harbour-log.jsonl'), '--steps', '4', '--warmup', '0', '--lr', '0.02',
    '--context', '64', '--val-fraction', '0', '--out', join(folder, 'adapter')], { stdio: 'ignore' });
  await studio.browser.page.goto(studio.server.url);
  await loadModel(studio.browser.page);
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Asks in a new conversation, as an earlier answer would change the next. @param {string} side its button */
async function askAnew(side) {
  const { page } = studio.browser;
  const clear = page.getByRole('button', { name: 'Clear the conversation' });
  if (await clear.isVisible()) await clear.click();
  await page.getByRole('button', { name: side, exact: true }).click();
  await ask(page, QUESTION);
}

/** Moves the strength by keys and says what it became. @param {string} key @param {number} [times] */
async function strength(key, times = 1) {
  const slider = studio.browser.page.getByRole('slider', { name: 'Strength' });
  await slider.focus();
  for (let i = 0; i < times; ++i) await studio.browser.page.keyboard.press(key);
  return slider.inputValue();
}

test('without an adapter there is only the base', async () => {
  const { page } = studio.browser;
  for (const name of ['LoRA', 'Both']) assert.ok(await page.getByRole('button', { name, exact: true }).isDisabled());
  await askAnew('Base');
  base = await answerOf(page, 'base');
  assert.match(base, /Paris/);
});

test('both answer one prompt side by side, and not alike', async () => {
  const { page } = studio.browser;
  await page.getByLabel('Open an adapter').setInputFiles([join(folder, 'adapter/adapter_model.safetensors'), join(folder, 'adapter/adapter_config.json')]);
  await page.getByRole('combobox', { name: 'Adapter' }).waitFor();
  await askAnew('Both');
  lora = await answerOf(page, 'lora');
  assert.equal(await answerOf(page, 'base'), base);
  assert.notEqual(lora, base);
  const [left, right] = await Promise.all(['base', 'lora'].map((side) => page.locator(`.answer.${side}`).boundingBox()));
  assert.ok(left && right && left.y === right.y && left.x + left.width <= right.x, 'the answers are not beside each other');
});

test('the strength goes by keys from the base to the whole adapter', async () => {
  const { page } = studio.browser;
  assert.equal(await strength('Home'), '0');
  await askAnew('LoRA');
  assert.equal(await answerOf(page, 'lora'), base);
  assert.equal(await strength('ArrowRight', 10), '1');
  await askAnew('LoRA');
  assert.equal(await answerOf(page, 'lora'), lora);
});

test('the side is switched within a conversation', async () => {
  const { page } = studio.browser;
  await page.getByRole('button', { name: 'Base', exact: true }).click();
  await ask(page, QUESTION);
  await answerOf(page, 'base');
  assert.deepEqual(await page.locator('.answer').evaluateAll((all) => all.map((one) => one.className.includes('lora'))), [true, false]);
  assert.deepEqual(studio.browser.errors, []);
});
