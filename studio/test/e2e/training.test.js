// A run as it is watched and led: the page stays quick, pauses, answers meanwhile, and ends early with or without an adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, endOfRun, loadModel, setPlan, stopAnswer, takeSample, useStudio } from './harness.js';
import { LONGEST_MS, recordTasks } from './mainThread.js';

const SETTINGS = { 'Steps': 6, 'Context': 64, 'Sample every': 3, 'Validate every': 3, 'Checkpoint every': 2, 'Held-out share': 0.01, 'Warm-up steps': 1 };

const studio = useStudio({}, async () => {
  await studio.browser.page.goto(studio.server.url);
  await loadModel(studio.browser.page);
  await takeSample(studio.browser.page);
});

/** @param {Record<string, number | string>} [settings] */
async function begin(settings = SETTINGS) {
  const dialog = await setPlan(studio.browser.page, settings);
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
}

const tokens = () => studio.browser.page.locator('[data-tile=tokens] dd').innerText();

test('no task of the page takes longer than 50 ms while it trains', async (t) => {
  const { page } = studio.browser;
  await begin();
  const end = await recordTasks(page);
  await page.evaluate(() => {
    const moved = /** @type {any} */ (window).moved = /** @type {string[]} */ ([]);
    // A figure that only gets longer stays where it ends, and an icon goes with the word beside it.
    const hasMoved = (/** @type {any} */ { node, previousRect: was, currentRect: is }) => !(node instanceof SVGElement) && ((Math.abs(was.left - is.left) > 1 && Math.abs(was.right - is.right) > 1) || (Math.abs(was.top - is.top) > 1 && Math.abs(was.bottom - is.bottom) > 1));
    new PerformanceObserver((list) => {
      for (const { sources } of /** @type {any[]} */ (list.getEntries())) moved.push(...sources.filter(hasMoved).map((/** @type {any} */ { node }) => node?.className ?? node?.textContent));
    }).observe({ type: 'layout-shift' });
  });
  await endOfRun(page, 6);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).moved), [], 'something moved while data arrived');
  const [longest, ...others] = await end();
  t.diagnostic(`${others.length + 1} tasks; the longest computed ${longest.computed.toFixed(1)} ms and took ${longest.waited.toFixed(1)} ms`);
  assert.ok(others.length > 100, 'the page was not recorded');
  assert.ok(longest.computed <= LONGEST_MS, `a task computed ${longest.computed} ms`);
});

test('the adapter has written a text at the chosen steps, and the held-out loss was taken', async () => {
  const { page } = studio.browser;
  await page.locator('.details').getByRole('button', { name: 'Samples' }).click();
  await page.getByText('Asked at chosen steps: What is the water like').waitFor();
  assert.deepEqual(await page.locator('.details li .tag').allInnerTexts(), ['step 6', 'step 3']);
  for (const text of await page.locator('.details li p').allInnerTexts()) assert.match(text, /\w{2}/);
  await page.getByRole('button', { name: 'As a table' }).click();
  const held = await page.getByRole('dialog').getByRole('row').evaluateAll((all) => all.slice(1).filter((row) => /\d/.test(row.lastElementChild?.textContent ?? '')).map((row) => row.firstElementChild?.textContent));
  assert.deepEqual(held, ['0', '3', '6']);
  await page.keyboard.press('Escape');
});

test('a paused run stands still while base and adapter answer, and goes on to its end', async () => {
  const { page } = studio.browser;
  await begin({ 'Steps': 30, 'Sample every': 0, 'Validate every': 0, 'Held-out share': 0 });
  await page.getByText('step 2 of 30', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('.console .tag').getByText('Paused').waitFor();
  await ask(page, 'What is the tide?');
  await stopAnswer(page, 'base');
  // The step that was under way when the button was pressed has ended before the answers.
  const before = await tokens();
  await page.getByRole('button', { name: 'LoRA', exact: true }).click();
  await ask(page, 'And the wind?');
  await stopAnswer(page, 'lora');
  assert.equal(await tokens(), before);
  await page.locator('.console .tag').getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await page.locator('[data-tile=tokens] dd').filter({ hasNotText: before }).waitFor();
});

test('a running run answers as well; ended early and kept, it leaves an adapter of its steps', async () => {
  const { page } = studio.browser;
  await ask(page, 'What is the tide?');
  await stopAnswer(page, 'lora');
  await page.getByRole('button', { name: 'Abort' }).click();
  await page.getByRole('button', { name: 'Keep the adapter' }).click();
  await page.locator('.console .tag').getByText('Done').waitFor();
  const [, step] = /step (\d+) of 30/.exec(await page.locator('.console').innerText()) ?? [];
  assert.ok(Number(step) < 30, step);
  await page.getByRole('combobox', { name: 'Adapter' }).locator('option:checked').filter({ hasText: `harbour-log.jsonl · ${step}` }).waitFor({ state: 'attached' });
  await ask(page, 'What is the tide?');
  await stopAnswer(page, 'lora');
  await page.locator('.details').getByRole('button', { name: 'Runs (2)' }).waitFor();
});

test('ended early and discarded, it leaves nothing', async () => {
  const { page } = studio.browser;
  const adapters = await page.getByRole('combobox', { name: 'Adapter' }).locator('option').allInnerTexts();
  await begin({ 'Steps': 30 });
  await page.getByText('step 2 of 30', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Abort' }).click();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.locator('.details').getByRole('button', { name: 'Runs (2)' }).waitFor();
  await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
  assert.deepEqual(await page.getByRole('combobox', { name: 'Adapter' }).locator('option').allInnerTexts(), adapters);
  assert.deepEqual(studio.browser.errors, []);
});
