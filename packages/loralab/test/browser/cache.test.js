// The models that the browser keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser, damage, list, load, MB, newPage, page, server } from './cache-page.js';

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

test('a stored model that was damaged is fetched anew', async () => {
  await load();
  await damage(60 * MB);
  const loaded = await load();
  assert.equal(loaded.layers, 30);
  assert.equal(loaded.source?.from, 'network');
  assert.equal((await load()).source?.from, 'cache');
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
