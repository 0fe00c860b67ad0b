import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openPage, serve } from '../../../testing/chromium.js';

const root = fileURLToPath(new URL('../../', import.meta.url)), app = fileURLToPath(new URL('../../../../build/micro/vite-app/dist', import.meta.url));
const example = fileURLToPath(new URL('../../../../build/micro/example', import.meta.url));
const good = { learned: true, restored: true, moved: true, json: true, refused: 'operator' };
/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
before(async () => (browser = await openPage(chromium)));
after(() => browser.close());

test('a page and a worker run every face from plain files', async (t) => {
  const site = await serve(root);
  t.after(site.close);
  await browser.page.goto(`${site.url}test/browser/page.html`);
  await browser.page.waitForFunction('window.inPage && window.inWorker');
  assert.deepEqual(await browser.page.evaluate('window.inPage'), good);
  assert.deepEqual(await browser.page.evaluate('window.inWorker'), good);
  assert.deepEqual(browser.errors, []);
});

test('a Vite application built from the packed package runs', async (t) => {
  assert.ok(existsSync(app), 'npm run test:package builds it');
  const site = await serve(app);
  t.after(site.close);
  await browser.page.goto(site.url);
  await browser.page.waitForFunction('document.title.startsWith("done")');
  assert.equal(await browser.page.title(), 'done 1 2 0');
  assert.deepEqual(browser.errors, []);
});

test('the example page learns from a drag and from scores', async (t) => {
  const site = await serve(example), { page } = browser;
  t.after(site.close);
  await page.goto(site.url);
  await page.waitForFunction('document.getElementById("status").textContent.startsWith("Drag")');
  await page.locator('#plane').dragTo(page.locator('#plane'), { sourcePosition: { x: 200, y: 200 }, targetPosition: { x: 300, y: 240 } });
  await page.click('text=Add the pair');
  await page.waitForFunction('/^2 pairs; mean distance 0.00/.test(document.getElementById("status").textContent)');
  await page.check('input[value=scores]');
  await page.click('text=Thumb up');
  await page.check('#rate');
  await page.waitForFunction('/quality now (0.9|1)/.test(document.getElementById("status").textContent)');
  assert.deepEqual(browser.errors, []);
});
