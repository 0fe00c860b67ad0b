// The example page trains and chats in Chromium, on a model of two layers.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { openPage, serve } from '../../../testing/chromium.js';
import { corpus, oracle, root } from '../helpers.js';

/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
before(async () => {
  [browser, site] = await Promise.all([openPage(chromium), serve(root)]);
});
after(async () => {
  await browser.close();
  site.close();
});

test('the example page', async () => {
  const { page, errors } = browser, status = page.locator('#status');
  const says = (/** @type {RegExp} */ text) => page.waitForFunction((source) => new RegExp(source).test(document.getElementById('status')?.textContent ?? ''), text.source);
  await page.goto(`${site.url}examples/loralab/`);
  await page.setInputFiles('#model', join(oracle, 'gguf/llama-tied.Q8_0.gguf'));
  await says(/llama, 0.1 million weights; .*SIMD/);
  await page.click('#train');
  await says(/no samples/);
  await page.setInputFiles('#corpus', corpus);
  await page.fill('#steps', '3');
  await page.click('#train');
  await says(/Step 3 of 3: loss \d/);
  await page.waitForSelector('#ask:enabled');
  await page.click('#ask');
  await page.waitForFunction(() => Number(document.getElementById('answer')?.textContent?.length) > 5);
  await page.waitForSelector('#ask:enabled');
  assert.match(await status.textContent(), /Step 3/);
  assert.deepEqual(errors, []);
});
