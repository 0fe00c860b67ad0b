// The golden data through the package in a page of Chromium, with threads and relaxed SIMD as they come there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openPage, serve } from '../../../testing/chromium.js';
import { oracle } from '../helpers.js';
import { cases } from '../oracle/checks.js';
import { goldenNames, nativeRefusal } from '../oracle/golden.js';
import { gotoPackage } from './package-page.js';
import { ISOLATED, POLICY } from './policy.js';

const names = goldenNames();
/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;

before(async () => {
  server = await serve(fileURLToPath(new URL('../../', import.meta.url)), { '/oracle/': oracle }, { ...POLICY, ...ISOLATED });
  browser = await openPage(chromium);
  await gotoPackage(browser.page, server.url);
});
after(async () => {
  await browser.close();
  server.close();
});

for (const [kind, list] of Object.entries(cases(names))) {
  test(`${kind}: ${list.length} cases agree, or are refused as natively`, async () => {
    const results = await browser.page.evaluate(async ({ kind, list, names }) => {
      const page = /** @type {any} */ (window), path = '/test/oracle/checks.js';
      const { check } = await import(path);
      page.engine ??= await page.loralab.createEngine();
      const read = async (/** @type {string} */ name) => new Uint8Array(await (await fetch(`/oracle/${name}`)).arrayBuffer());
      const results = [];
      for (const name of list) results.push(await check({ read, names, engine: page.engine }, kind, name));
      return results;
    }, { kind, list, names });
    assert.deepEqual(browser.errors, []);
    for (const [i, result] of results.entries()) {
      if ('bad' in result) assert.deepEqual(result.bad, [], list[i]);
      else assert.equal(result.refused, kind === 'tiny' || kind === 'lora' ? nativeRefusal(kind, list[i]) : '', `${list[i]}: ${result.message}`);
    }
    assert.ok(results.filter((result) => 'bad' in result).length >= list.length / 3);
  });
}
