// A page with an engine and a small model, whose browser can be killed, for the tests of runs that the browser keeps.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { chromium } from 'playwright-core';
import { openPage } from '../../../testing/chromium.js';
import { oracle } from '../helpers.js';
import { serveMoodily } from './moody-server.js';
import { gotoPackage } from './package-page.js';

export const MODEL = join(oracle, 'gguf/llama-tied.Q8_0.gguf');
export const CORPUS = Array.from({ length: 40 }, (_, i) => JSON.stringify({ text: `Boat ${i} came in at ${i % 12} with ${i * 7} fish.` })).join('\n');
const profile = mkdtempSync(join(tmpdir(), 'runs-'));
/** @type {Awaited<ReturnType<typeof openPage>>} */
export let browser;
/** @type {Awaited<ReturnType<typeof serveMoodily>>} */
export let server;
/** @type {import('playwright-core').Page} */
export let page;

/** A page with an engine and the model, and functions for the tests. */
export async function newPage() {
  const made = await browser.page.context().newPage();
  await gotoPackage(made, server.url);
  await made.evaluate(async (corpus) => {
    const page = /** @type {any} */ (window);
    page.engine = await page.loralab.createEngine({ threads: 1, relaxed: false });
    page.model = await page.engine.loadModel('/model.gguf', { cache: false });
    page.settings = { corpus: new File([corpus], 'boats.jsonl'), steps: 14, context: 32, seed: 5, warmup: 1, val_fraction: 0.1, eval_every: 4, grad_accum: 8, rank: 4 };
    page.code = (/** @type {Promise<any>} */ promise) => promise.then(() => 'none', (error) => error.code);
    page.base64 = (/** @type {Uint8Array} */ bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    // Trains to the end, or for so many steps, and says where it is.
    page.goOn = async (/** @type {any} */ run, most = Infinity) => {
      let count = 0;
      for await (const { step } of run) {
        page.step = step;
        if (++count >= most) break;
      }
    };
  }, CORPUS);
  return made;
}

/** The adapter of the test's settings where nothing disturbs the run, in base64. */
export const undisturbed = () => page.evaluate(async () => {
  const { model, settings, goOn, base64 } = /** @type {any} */ (window);
  const run = await model.train(settings);
  await goOn(run);
  const bytes = base64(await run.adapter().toSafetensors());
  await run.dispose();
  return bytes;
});

/** Processes of the browser with this test's profile end as in a power cut; then it starts anew. */
export async function killBrowser() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--user-data-dir=${profile}`)) process.kill(Number(pid), 'SIGKILL');
    } catch { /* it has ended meanwhile */ }
  }
  await browser.close().catch(() => {});
  browser = await openPage(chromium, profile);
  page = await newPage();
}

before(async () => {
  server = await serveMoodily('/model.gguf', MODEL);
  browser = await openPage(chromium, profile);
  page = await newPage();
});
afterEach(async () => {
  await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('loralab', { recursive: true }).catch(() => {}));
});
after(async () => {
  await browser.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
});
