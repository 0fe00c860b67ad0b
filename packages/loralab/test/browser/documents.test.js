// README's page, which needs no bundler, in Chromium.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openPage, serve } from '../../../testing/chromium.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the page of the README', async (t) => {
  const [, html] = readFileSync(join(root, 'README.md'), 'utf8').match(/```html\n([\s\S]*?)```/) ?? assert.fail('there is no page');
  const folder = mkdtempSync(join(tmpdir(), 'loralab-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'index.html'), html);
  const site = await serve(folder, { '/node_modules/loralab/': root }), browser = await openPage(chromium);
  t.after(async () => {
    await browser.close();
    site.close();
  });
  await browser.page.goto(site.url);
  await browser.page.waitForFunction(() => document.title !== 'loralab');
  assert.match(await browser.page.title(), /^relaxed SIMD, because it is there; one thread, because this page is not isolated/);
  assert.deepEqual(browser.errors, []);
});
