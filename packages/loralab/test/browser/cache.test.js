// Downloads that go wrong, and the models that the browser keeps.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { openPage } from '../../../testing/chromium.js';
import { modelPath } from '../helpers.js';
import { serveMoodily } from './moody-server.js';

const PAGE = 'test/browser/page.html', MB = 1 << 20;
/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serveMoodily>>} */
let server;
/** @type {import('playwright-core').Page} */
let page;

/** A page of the same browser, with the package. */
async function newPage() {
  const made = await browser.page.context().newPage();
  await made.goto(`${server.url}${PAGE}`);
  await made.waitForFunction(() => 'loralab' in window);
  return made;
}

/**
 * Loads /model.gguf in an engine of its own, and answers with what came of it.
 * @param {{ cache?: boolean, sha256?: string }} [options] @param {import('playwright-core').Page} [where]
 */
const load = (options = {}, where = page) => where.evaluate(async (options) => {
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
const list = (where = page) => where.evaluate(async () => {
  const engine = await /** @type {any} */ (window).loralab.createEngine({ threads: 1 });
  const models = await engine.cache.list();
  engine.dispose();
  return models;
});

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

test('a model is fetched once, and comes from storage from then on', async () => {
  const first = await load();
  assert.equal(first.layers, 30);
  assert.deepEqual(first.source, { name: first.source?.name, file: 'model.gguf', from: 'network', cached: true, problem: undefined });
  assert.deepEqual(first.last, { loaded: server.size, total: server.size, from: 'network' });
  const [entry, ...others] = await list();
  assert.deepEqual(others, []);
  assert.equal(entry.complete, true);
  assert.equal(entry.bytes, server.size);
  assert.equal(entry.url, `${server.url}model.gguf`);
  assert.equal(entry.sha256, 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53');
  server.from({ status: 500 });
  const second = await load();
  assert.equal(second.source?.from, 'cache');
  assert.equal(second.layers, 30);
  assert.equal(server.requests.length, 1);
  const usage = await page.evaluate(async (name) => {
    const engine = await /** @type {any} */ (window).loralab.createEngine({ threads: 1 });
    const before = await engine.cache.usage();
    await engine.cache.remove(name);
    const unknown = await engine.cache.remove(name).catch((/** @type {any} */ error) => error.code);
    return { before, after: await engine.cache.usage(), list: await engine.cache.list(), unknown };
  }, entry.name);
  assert.ok(usage.before.usedBytes > 98e6 && usage.before.quotaBytes > usage.before.usedBytes);
  assert.ok(usage.after.usedBytes < 1e6);
  assert.deepEqual(usage.list, []);
  assert.equal(usage.unknown, 'not_found');
});

test('what is fetched with cache: false is not kept', async () => {
  assert.equal((await load({ cache: false })).layers, 30);
  assert.deepEqual(await list(), []);
});

test('a cut connection is taken up where it broke', async () => {
  server.next({ cutAfter: 30 * MB }, { cutAfter: 10 * MB });
  const loaded = await load();
  assert.equal(loaded.layers, 30);
  assert.equal(loaded.source?.cached, true);
  const [, second, third] = server.requests;
  assert.deepEqual([second.range, second.ifRange], [`bytes=${30 * MB}-`, '"first"']);
  assert.equal(third.range, `bytes=${40 * MB}-`);
  assert.equal(loaded.told.network, server.size);
});

test('a server that stays away is given up with what has come kept, and the next load goes on from there', async () => {
  server.next({ cutAfter: 30 * MB }, { status: 503 }, { status: 503 }, { status: 503 });
  const failed = await load();
  assert.equal(failed.code, 'io');
  assert.match(failed.remedy ?? '', /kept/);
  const [entry] = await list();
  assert.equal(entry.complete, false);
  assert.equal(entry.storedBytes, 30 * MB);
  server.forget();
  const loaded = await load();
  assert.equal(loaded.layers, 30);
  assert.deepEqual(server.requests.map(({ range }) => range), [`bytes=${28 * MB}-`]);
  assert.equal(loaded.told.cache, 28 * MB);
  assert.equal((await list())[0].complete, true);
});

test('a tab that is killed while it loads has its successor go on', async () => {
  const killed = await newPage();
  server.next({ holdAfter: 50 * MB });
  const held = server.held();
  void load({}, killed).catch(() => {});
  await held;
  await killed.waitForFunction((bytes) => /** @type {any} */ (window).loaded >= bytes, 48 * MB);
  await killed.close();
  const loaded = await load();
  assert.equal(loaded.layers, 30);
  assert.match(server.requests[1].range ?? '', /^bytes=(48|50)/);
  assert.equal(server.requests.length, 2);
});

test('a server that answers 200 to a Range request is read from the beginning', async () => {
  server.next({ cutAfter: 30 * MB }, { ignoreRange: true });
  const loaded = await load({ sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53' });
  assert.equal(loaded.layers, 30);
  assert.equal((await list())[0].complete, true);
});

test('another ETag means another file: nothing of the old one is used', async () => {
  const other = Buffer.alloc(8 * MB, 1);
  for (const mood of [{}, { ignoreIfRange: true }]) {
    server.next({ body: Buffer.concat([other, Buffer.alloc(98362432 - other.length)]), etag: '"old"', cutAfter: 30 * MB }, mood);
    const loaded = await load();
    assert.equal(loaded.layers, 30, loaded.message);
    assert.equal((await list())[0].sha256, 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53');
    await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('loralab', { recursive: true }));
  }
});

test('a file with another SHA-256 is refused and not kept', async () => {
  const refused = await load({ sha256: '0'.repeat(64) });
  assert.equal(refused.code, 'mismatch');
  assert.match(refused.remedy ?? '', /again/);
  assert.deepEqual((await list()).filter(({ complete }) => complete), []);
});

test('a damaged beginning is noticed in the end and fetched anew', async () => {
  server.next({ cutAfter: 30 * MB }, { status: 503 }, { status: 503 }, { status: 503 });
  assert.equal((await load()).code, 'io');
  await damage(5 * MB);
  server.forget();
  const loaded = await load({ sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53' });
  assert.equal(loaded.layers, 30, loaded.message);
  assert.deepEqual(server.requests.map(({ range }) => range), [`bytes=${28 * MB}-`, undefined]);
});

test('a stored model that was damaged is fetched anew', async () => {
  await load();
  await damage(60 * MB);
  const loaded = await load();
  assert.equal(loaded.layers, 30);
  assert.equal(loaded.source?.from, 'network');
  assert.equal((await load()).source?.from, 'cache');
});

/** Turns a byte of the stored data. @param {number} at */
const damage = (at) => page.evaluate(async (at) => {
  const models = await (await (await navigator.storage.getDirectory()).getDirectoryHandle('loralab')).getDirectoryHandle('models');
  for await (const folder of /** @type {any} */ (models).values()) {
    const file = await folder.getFileHandle('data');
    const writable = await file.createWritable({ keepExistingData: true });
    const byte = new Uint8Array(await (await file.getFile()).slice(at, at + 1).arrayBuffer())[0];
    await writable.write({ type: 'write', position: at, data: new Uint8Array([byte ^ 1]) });
    await writable.close();
  }
}, at);

test('a web page in place of a model, and a file that is none, are refused and not kept', async () => {
  server.next({ type: 'text/html; charset=utf-8', body: '<h1>log in</h1>' });
  assert.equal((await load()).code, 'corrupt');
  server.next({ body: 'neither a page nor a model' });
  assert.equal((await load()).code, 'corrupt');
  server.next({ status: 404 });
  assert.equal((await load()).code, 'not_found');
  assert.deepEqual((await list()).filter(({ storedBytes }) => storedBytes > 0), []);
  assert.equal((await load()).layers, 30);
});

test('a model of more than 2 GB is refused before it is fetched', async () => {
  server.next({ length: 3 * 2 ** 30, holdAfter: MB });
  const refused = await load();
  assert.equal(refused.code, 'limit');
  assert.match(refused.message ?? '', /2147483648/);
  assert.ok(await server.requests[0].closed <= MB);
});

test('a file of unknown length is in memory once', async () => {
  server.next({ unknownLength: true });
  const loaded = await load();
  assert.equal(loaded.layers, 30);
  assert.ok((loaded.memory ?? 0) < server.size * 1.35, `${loaded.memory} bytes`);
});

test('where there is no room, a model is used without being kept, and that is said', async () => {
  const session = await browser.page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 40 * MB });
  try {
    const loaded = await load();
    assert.equal(loaded.layers, 30);
    assert.deepEqual({ cached: loaded.source?.cached, problem: loaded.source?.problem }, { cached: false, problem: 'disk_full' });
    assert.deepEqual(await list(), []);
  } finally {
    await session.send('Storage.overrideQuotaForOrigin', { origin: server.url });
  }
});

test('of two tabs at once one fetches, and both have the model', async () => {
  const other = await newPage();
  const both = await Promise.all([load(), load({}, other)]);
  assert.deepEqual(both.map(({ layers }) => layers), [30, 30]);
  assert.deepEqual(both.map(({ source }) => source?.from).sort(), ['cache', 'network']);
  assert.equal(server.requests.length, 1);
  await other.close();
});

test('an abort ends a download, and the next one goes on with it', async () => {
  server.next({ holdAfter: 30 * MB });
  const code = await page.evaluate(async () => {
    const engine = await /** @type {any} */ (window).loralab.createEngine({ threads: 1 });
    const controller = new AbortController();
    return engine.loadModel('/model.gguf', { signal: controller.signal, onProgress: (/** @type {any} */ { loaded }) => { if (loaded > 20e6) controller.abort(); } })
      .catch((/** @type {any} */ error) => error.code);
  });
  assert.equal(code, 'interrupted');
  const loaded = await load();
  assert.equal(loaded.layers, 30);
  assert.match(server.requests[1].range ?? '', /^bytes=/);
});

test('a known name is looked for at modelsUrl, then elsewhere, and must have its SHA-256', async () => {
  await page.context().route(/huggingface/, (route) => route.fulfill({ status: 302, headers: { location: `${server.url}model.gguf`, 'access-control-allow-origin': '*' } }));
  const named = (/** @type {string} */ modelsUrl) => page.evaluate(async (modelsUrl) => {
    const engine = await /** @type {any} */ (window).loralab.createEngine({ threads: 1, modelsUrl });
    const model = await engine.loadModel('smollm2-135m').catch((/** @type {any} */ error) => error);
    const [entry] = await engine.cache.list();
    await engine.cache.remove('smollm2-135m').catch(() => {});
    engine.dispose();
    return { layers: model.info?.layers, from: model.source?.from, name: entry?.name, message: model.message };
  }, modelsUrl);
  assert.deepEqual(await named('/nowhere/'), { layers: 30, from: 'network', name: 'smollm2-135m', message: undefined });
  assert.equal(server.requests.length, 1);
  await page.context().unroute(/huggingface/);
});
