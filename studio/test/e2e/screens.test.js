// Every screen, in both themes and three sizes: no finding of axe-core, nothing wider than the window, a picture of each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, endOfRun, loadModel, setPlan, stopAnswer, takeSample, useStudio } from './harness.js';
import { findings, look } from './screens.js';


const studio = useStudio({}, async () => {
  await studio.browser.page.goto(studio.server.url);
});

test('an empty page, and a model that is not there', async () => {
  const { page } = studio.browser;
  await look(page, '1-empty');
  await page.getByRole('button', { name: 'Load URL or file' }).first().click();
  await page.getByLabel('Address of a GGUF file').fill('/nowhere/model.gguf');
  await look(page, '2-load');
  await page.getByRole('button', { name: 'Load', exact: true }).click();
  await page.getByRole('alert').waitFor();
  await look(page, '3-not-found');
});

test('a model, a corpus, a wrong corpus', async () => {
  const { page } = studio.browser;
  await loadModel(page);
  await page.getByRole('button', { name: 'Paste text' }).first().click();
  await page.getByRole('dialog').getByRole('textbox').fill('{"prompt": "a", "completion": "b"}\n{"prompt": "a"');
  await page.getByRole('button', { name: 'Use this text' }).click();
  await page.getByRole('alert').getByText('line 2').waitFor();
  await look(page, '4-paste-wrong');
  await page.keyboard.press('Escape');
  await takeSample(page);
  await page.getByRole('button', { name: /^Corpus:/ }).click();
  await page.getByRole('button', { name: 'Look at the corpus' }).click();
  await page.getByRole('dialog').getByText('documents').waitFor();
  await look(page, '5-corpus');
  await page.getByRole('button', { name: 'Done' }).click();
  await look(page, '6-ready');
});

test('a plan, a run, a pause, the end of the run, two answers side by side', async () => {
  const { page } = studio.browser;
  const dialog = await setPlan(page, { 'Steps': 12, 'Context': 64, 'Sample every': 4, 'Validate every': 4, 'Held-out share': 0.02, 'Warm-up steps': 2 });
  await dialog.locator('[data-figure=eta] dd').nth(1).filter({ hasNotText: '–' }).waitFor();
  await look(page, '7-plan');
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
  await page.getByText('step 6 of 12', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('.console .tag').getByText('Paused').waitFor();
  await look(page, '8-paused');
  await page.getByRole('button', { name: 'Abort' }).click();
  await look(page, '9-abort');
  await page.getByRole('button', { name: 'Go on training' }).click();
  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await endOfRun(page, 12);
  await page.getByRole('button', { name: 'Both' }).click();
  await ask(page, 'What is the water like at the north pier this morning?');
  await stopAnswer(page, 'lora');
  await look(page, 'a-done');
  for (const part of ['Samples', 'Proof', 'Runs']) {
    await page.locator('.details').getByRole('button', { name: part }).click();
    if (part === 'Proof') {
      await page.getByRole('button', { name: 'Check the gradient' }).click();
      await page.getByRole('row').nth(4).waitFor();
    }
    await look(page, `b-${part.toLowerCase()}`);
  }
  await page.getByRole('button', { name: /^Settings of/ }).click();
  await look(page, 'b-settings');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'As a table' }).click();
  await look(page, 'c-table');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Download adapter' }).click();
  await look(page, 'd-download');
});

test('axe-core finds nothing, and nothing is wider than its window', () => {
  assert.deepEqual(findings, []);
  assert.deepEqual(studio.browser.errors.filter((error) => !error.includes('404')), []);
});
