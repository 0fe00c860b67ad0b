// A run that is killed goes on from its checkpoint, and ends with the same adapter as one that was left alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkMemory, endOfRun, loadModel, openBrowser, serveStudio, setPlan, takeSample } from './harness.js';

const STEPS = 8;
const SETTINGS = { 'Steps': STEPS, 'Context': 64, 'Sample every': 0, 'Validate every': 0, 'Checkpoint every': 2, 'Held-out share': 0, 'Warm-up steps': 1 };
const profile = mkdtempSync(join(tmpdir(), 'studio-'));
/** @type {Awaited<ReturnType<typeof serveStudio>>} */
let server;
let undisturbed = '';

before(async () => { server = await serveStudio(); });
after(async () => {
  await server?.stop();
  rmSync(profile, { recursive: true, force: true });
});

/** @param {import('playwright-core').Page} page */
async function begin(page, settings = SETTINGS) {
  await page.goto(server.url);
  await loadModel(page);
  await takeSample(page);
  const dialog = await setPlan(page, settings);
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
}

/** The SHA-256 of the adapter. @param {import('playwright-core').Page} page */
async function adapterOf(page) {
  await page.getByRole('button', { name: 'Download adapter' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^adapter_model\.safetensors/ }).click()]);
  return createHash('sha256').update(readFileSync(await file.path())).digest('hex');
}

test('a run that is left alone gives an adapter', async () => {
  const { page, close } = await openBrowser();
  await begin(page);
  await endOfRun(page, STEPS);
  undisturbed = await adapterOf(page);
  await close();
});

test('a run whose browser is closed goes on, from the kept model and corpus, to the same adapter', async () => {
  const first = await openBrowser({ profile });
  await begin(first.page);
  await first.page.locator('[data-fact=checkpoint] dd').filter({ hasText: /step [46]/ }).waitFor();
  await first.close();
  const second = await openBrowser({ profile });
  await second.page.goto(server.url);
  await second.page.getByRole('button', { name: /Go on from step [46]/ }).click();
  await endOfRun(second.page, STEPS);
  assert.equal(await adapterOf(second.page), undisturbed);
  assert.ok(!second.requests.some((url) => url.endsWith('.gguf')), 'the model was fetched again');
  await checkMemory(second.page);
  await second.page.locator('.details').getByRole('button', { name: 'Runs (1)' }).click();
  await second.page.getByRole('button', { name: /^Delete/ }).click();
  await second.page.locator('.details').getByRole('button', { name: 'Runs (0)' }).waitFor();
  assert.deepEqual(second.errors, []);
  await second.close();
});

test('a run that another tab has open is not offered, and is as soon as that tab is closed', async () => {
  const { context, page, close, errors } = await openBrowser();
  await begin(page, { ...SETTINGS, 'Steps': 400 });
  await page.locator('[data-fact=checkpoint] dd').filter({ hasText: /step \d/ }).waitFor();
  const other = await context.newPage();
  await other.goto(server.url);
  await other.locator('.details').getByText('in another tab').waitFor();
  assert.equal(await other.getByRole('button', { name: /^Go on from step/ }).count(), 0);
  assert.ok(await other.getByRole('button', { name: /^Delete/ }).isDisabled());
  await page.close({ runBeforeUnload: false });
  await other.getByRole('button', { name: /^Go on from step/ }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});
