// A page with the package, whose server misbehaves when told to, for the tests of downloads and of what the browser keeps.
import { after, afterEach, before } from 'node:test';
import { chromium } from 'playwright-core';
import { openPage } from '../../../testing/chromium.js';
import { modelPath } from '../helpers.js';
import { serveMoodily } from './moody-server.js';
import { gotoPackage } from './package-page.js';

export const MB = 1 << 20;
/** @type {Awaited<ReturnType<typeof openPage>>} */
export let browser;
/** @type {Awaited<ReturnType<typeof serveMoodily>>} */
export let server;
/** @type {import('playwright-core').Page} */
export let page;

/** A page of the same browser, with the package. */
export async function newPage() {
  const made = await browser.page.context().newPage();
  await gotoPackage(made, server.url);
  return made;
}

/**
 * Loads /model.gguf in an engine of its own, and answers with what came of it.
 * @param {{ cache?: boolean, sha256?: string }} [options] @param {import('playwright-core').Page} [where]
 */
export const load = (options = {}, where = page) => where.evaluate(async (options) => {
  const { createEngine } = /** @type {any} */ (window).loralab;
  const engine = await createEngine({ threads: 1 });
  /** @type {Record<string, number>} */
  const told = { network: 0, cache: 0 };
  let last = { loaded: 0, total: 0 };
  try {
    const model = await engine.loadModel('/model.gguf', { ...options, onProgress: (/** @type {any} */ progress) => { told[progress.from] = (told[progress.from] ?? 0) + progress.loaded - (progress.loaded > last.loaded ? last.loaded : 0); last = progress; Object.assign(window, { loaded: progress.loaded }); } });
    return { layers: model.info.layers, memory: engine.memoryBytes, source: { ...model.source, problem: model.source.problem?.code }, told, last };
  } catch (error) {
    const { code, message, remedy } = /** @type {any} */ (error);
    return { code, message, remedy, told, last };
  } finally {
    engine.dispose();
  }
}, options);

/** @param {import('playwright-core').Page} [where] */
export const list = (where = page) => where.evaluate(async () => {
  const engine = await /** @type {any} */ (window).loralab.createEngine({ threads: 1 });
  const models = await engine.cache.list();
  engine.dispose();
  return models;
});

/** Turns a byte of the stored data. @param {number} at */
export const damage = (at) => page.evaluate(async (at) => {
  const models = await (await (await navigator.storage.getDirectory()).getDirectoryHandle('loralab')).getDirectoryHandle('models');
  for await (const folder of /** @type {any} */ (models).values()) {
    const file = await folder.getFileHandle('data');
    const writable = await file.createWritable({ keepExistingData: true });
    const byte = new Uint8Array(await (await file.getFile()).slice(at, at + 1).arrayBuffer())[0];
    await writable.write({ type: 'write', position: at, data: new Uint8Array([byte ^ 1]) });
    await writable.close();
  }
}, at);

before(async () => {
  server = await serveMoodily('/model.gguf', modelPath);
  browser = await openPage(chromium);
  page = await newPage();
});
afterEach(async () => {
  server.forget();
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('loralab', { recursive: true }).catch(() => {});
  });
});
after(async () => {
  await browser.close();
  server.close();
});
