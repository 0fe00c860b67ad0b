// Training every weight: asked for twice, ended with a model to download, which the program loads and the page can talk with.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, endOfRun, program, root, setPlan, takeSample, useStudio } from './harness.js';

const TINY = join(process.env.LAB_ORACLE_DIR ?? join(root, '../shared/oracle'), 'gguf/llama-tied.F32.gguf');
const STEPS = 4;

const studio = useStudio({}, async () => {
  const { page } = studio.browser;
  await page.goto(studio.server.url);
  await page.getByRole('button', { name: 'Load URL or file' }).first().click();
  await page.getByRole('dialog').getByLabel('Choose a file').setInputFiles(TINY);
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  await takeSample(page);
});

test('every weight is trained only after a confirmation', async () => {
  const { page } = studio.browser;
  const dialog = await setPlan(page, { 'Steps': STEPS, 'Context': 64, 'Held-out share': 0.02, 'Warm-up steps': 1 });
  await dialog.getByRole('radio').nth(1).check();
  assert.equal(await dialog.getByLabel('Learning rate').inputValue(), '0.0005');
  await dialog.getByText('fits', { exact: true }).nth(1).waitFor();
  const train = dialog.getByRole('button', { name: 'Train all weights' });
  assert.ok(await train.isDisabled());
  await dialog.getByLabel(/^I know that/).check();
  await train.click();
  await endOfRun(page, STEPS);
  assert.match(/** @type {string} */ (await page.getByRole('button', { name: 'LoRA', exact: true }).getAttribute('title')), /whole model/);
});

test('the trained model is a file that the program loads', async () => {
  const { page } = studio.browser;
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download', exact: true }).click()]);
  assert.equal(file.suggestedFilename(), `harbour-log-full-${STEPS}.gguf`);
  const said = JSON.parse(execFileSync(program, ['generate', '--model', await file.path(), '--prompt', 'The tide', '--max-tokens', '4', '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  assert.equal(said.ids.length, 4);
});

test('the page loads it and answers with it; the run stays in the history', async () => {
  const { page } = studio.browser;
  await page.getByRole('button', { name: 'Load it' }).click();
  await page.getByRole('button', { name: `Model: harbour-log-full-${STEPS}` }).waitFor();
  await ask(page, 'Hi');
  await page.locator('.answer .num').filter({ hasText: 'tok/s' }).waitFor();
  await page.reload();
  await page.locator('.details').getByRole('cell', { name: `harbour-log full ${STEPS}`, exact: true }).waitFor();
  assert.deepEqual(studio.browser.errors, []);
});
