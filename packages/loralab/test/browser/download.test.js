// Downloads that go wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { damage, list, load, MB, newPage, page, server } from './cache-page.js';

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
