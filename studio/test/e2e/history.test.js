// The chart, and the runs of before: settings, curve, last loss, export, delete; two laid over each other; and a link that carries settings only.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { checkMemory, endOfRun, loadModel, openBrowser, setPlan, takeSample, useStudio } from './harness.js';

const SETTINGS = { 'Context': 64, 'Sample every': 0, 'Validate every': 0, 'Held-out share': 0, 'Warm-up steps': 0 };

const studio = useStudio({ options: { permissions: ['clipboard-read', 'clipboard-write'] } }, async () => {
  await studio.browser.page.goto(studio.server.url);
  await loadModel(studio.browser.page);
  await takeSample(studio.browser.page);
});

/** @param {Record<string, number | string>} settings @param {number} steps */
async function train(settings, steps) {
  const dialog = await setPlan(studio.browser.page, { ...SETTINGS, ...settings, Steps: steps });
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
  await endOfRun(studio.browser.page, steps);
}
const runsTab = () => studio.browser.page.locator('.details').getByRole('button', { name: /^Runs/ });
const table = () => studio.browser.page.getByRole('region', { name: 'Runs' });
/** The loss that the console shows last. */
const loss = () => studio.browser.page.locator('[data-tile=loss] dd').innerText();
/** How the chart looks. */
const picture = async () => (await studio.browser.page.locator('.plot').screenshot()).toString('base64');
/** What the browser keeps of runs, in files and in databases. */
const kept = () => studio.browser.page.evaluate(async () => {
  /** @type {string[]} */
  const names = [];
  const walk = async (/** @type {any} */ folder) => {
    for await (const entry of folder.values()) {
      names.push(entry.name);
      if (entry.kind === 'directory') await walk(entry);
    }
  };
  await walk(await navigator.storage.getDirectory());
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((resolve) => { Object.assign(indexedDB.open(name ?? ''), { onsuccess: (/** @type {any} */ event) => resolve(event.target.result) }); });
    for (const store of db.objectStoreNames) names.push(...await new Promise((resolve) => { db.transaction(store).objectStore(store).getAllKeys().onsuccess = (/** @type {any} */ event) => resolve(event.target.result.map(String)); }));
    db.close();
  }
  return names.filter((name) => /^run-/.test(name));
});
const losses = ['', ''];

test('two runs are kept with their names, steps and last losses', async () => {
  await train({ Rank: 4 }, 2);
  losses[0] = await loss();
  await train({ Rank: 16, Variant: 'dora' }, 3);
  losses[1] = await loss();
  await runsTab().click();
  const rows = await table().getByRole('row').evaluateAll((all) => all.slice(1).map((row) => [...row.children].slice(1, 5).map((cell) => cell.textContent?.trim())));
  assert.deepEqual(rows.map(([name, , steps, last]) => [name, steps, last]), [['harbour-log r16 3', '3', losses[1]], ['harbour-log r4 2', '2', losses[0]]]);
});

test('each took the memory that was planned, to a tenth', async () => {
  const { page } = studio.browser;
  await checkMemory(page);
  await page.locator('.details').getByRole('button', { name: 'Facts' }).click();
  assert.match(await page.locator('[data-fact=memory] dd').innerText(), /^\d+ MB \/ \d+ MB$/);
  assert.match(await page.locator('[data-fact=time] dd').innerText(), /^[\d.]+ sec \/ [\d.]+ sec$/);
  await runsTab().click();
});

test('the chart tells the losses under the pointer, and is zoomed by dragging', async () => {
  const { page } = studio.browser, box = await page.locator('.plot .u-over').boundingBox();
  assert.ok(box);
  const at = (/** @type {number} */ share) => /** @type {const} */ ([box.x + box.width * share, box.y + box.height / 2]);
  await page.mouse.move(...at(0.99));
  await page.getByText(/^step 3: \d\.\d{3}, smoothed \d\.\d{3}$/).waitFor();
  await page.mouse.move(...at(0.4));
  await page.mouse.down();
  await page.mouse.move(...at(0.9), { steps: 4 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'Whole run' }).click();
  await page.getByRole('button', { name: 'Whole run' }).waitFor({ state: 'detached' });
});

test('the curve of one is laid over the other', async () => {
  const { page } = studio.browser;
  const alone = await picture();
  assert.ok(await page.getByRole('checkbox', { name: 'Lay harbour-log r16 3 over the chart' }).isDisabled());
  await page.getByRole('checkbox', { name: 'Lay harbour-log r4 2 over the chart' }).check();
  await page.locator('.legend').getByText('harbour-log r4 2').waitFor();
  assert.notEqual(await picture(), alone);
  await page.getByRole('checkbox', { name: 'Lay harbour-log r4 2 over the chart' }).uncheck();
  await page.locator('.legend').getByText('harbour-log r4 2').waitFor({ state: 'detached' });
});

test('after a reload they are still there, each with its settings and its adapter', async () => {
  const { page } = studio.browser;
  await page.reload();
  await loadModel(page);
  await table().getByRole('row').nth(2).waitFor();
  await page.getByRole('button', { name: 'Settings of harbour-log r4 2' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings of harbour-log r4 2' });
  assert.equal(await dialog.locator('[data-setting=rank] dd').innerText(), '4');
  const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download adapter' }).click()]);
  const config = JSON.parse(execFileSync('python3', ['-c', 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read("adapter_config.json").decode())', await file.path()], { encoding: 'utf8' }));
  assert.equal(config.r, 4);
  await dialog.getByRole('button', { name: 'Use these settings' }).click();
  const plan = page.getByRole('dialog', { name: 'Plan the run' });
  await plan.getByText('All settings').click();
  assert.equal(await plan.getByLabel('Rank', { exact: true }).inputValue(), '4');
});

test('a link carries the settings that were changed, and nothing of the corpus', async () => {
  const { page } = studio.browser;
  await page.getByRole('button', { name: 'Copy a link to these settings' }).click();
  await page.getByRole('button', { name: 'Link copied' }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, `${studio.server.url}#settings:rank=4&steps=2&context=64&warmup=0&val_fraction=0&eval_every=0`);
  const fresh = await openBrowser();
  await fresh.page.goto(link);
  await fresh.page.getByRole('button', { name: 'Plan', exact: true }).click();
  await fresh.page.getByText('All settings').click();
  assert.equal(await fresh.page.getByLabel('Rank', { exact: true }).inputValue(), '4');
  await fresh.page.getByRole('button', { name: 'Close' }).click();
  await fresh.page.getByRole('button', { name: 'Corpus: No corpus' }).waitFor();
  assert.deepEqual(fresh.errors, []);
  await fresh.close();
});

test('a run is deleted, with all that was kept of it', async () => {
  const { page } = studio.browser;
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  // A folder and a record each.
  assert.equal((await kept()).length, 4);
  for (const name of ['harbour-log r4 2', 'harbour-log r16 3']) {
    await page.getByRole('button', { name: `Delete ${name}` }).click();
    await page.getByRole('button', { name: `Delete ${name}` }).waitFor({ state: 'detached' });
  }
  assert.deepEqual(await kept(), []);
  assert.equal(await runsTab().count(), 0);
  assert.deepEqual(studio.browser.errors, []);
});
