// The application that test/package builds with Vite from the tarball, in Chromium, with and without threads.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openPage, serve } from '../../../testing/chromium.js';
import { oracle } from '../helpers.js';
import { ISOLATED, POLICY } from './policy.js';

const app = fileURLToPath(new URL('../../../../build/web/vite-app/dist', import.meta.url));
/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
before(async () => {
  browser = await openPage(chromium);
});
after(() => browser.close());

for (const [threads, headers] of /** @type {const} */ ([[1, POLICY], [2, { ...POLICY, ...ISOLATED }]])) {
  test(`a Vite application built from the packed package trains with ${threads} thread(s)`, async (t) => {
    assert.ok(existsSync(app), 'npm run test:package builds it');
    const site = await serve(app, { '/model.gguf': join(oracle, 'gguf/llama-tied.Q8_0.gguf') }, headers);
    t.after(site.close);
    await browser.page.goto(site.url);
    await browser.page.waitForFunction(() => /^(done|failed)/.test(document.title));
    assert.equal(await browser.page.title(), `done ${threads} 2 3`);
    assert.deepEqual(browser.errors, []);
  });
}
