// What kills a run that the browser keeps, and that it ends as if nothing had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killBrowser, newPage, page, server, undisturbed } from './runs-page.js';

test('a run that is killed ten times ends in the same bytes', async () => {
  const wanted = await undisturbed();
  let done = 0;
  for (let kill = 0; kill < 10; ++kill) {
    const victim = await newPage();
    const begun = await victim.evaluate(async (first) => {
      const { model, settings, goOn } = /** @type {any} */ (window);
      const run = first ? await model.train({ ...settings, run: 'killed', checkpointEvery: 1 }) : await model.resume('killed', { checkpointEvery: 1 });
      Object.assign(window, { step: run.info.steps_done });
      goOn(run).catch(() => {});
      return run.info.steps_done;
    }, kill === 0);
    assert.ok(begun >= done, `${begun} after ${done}`);
    done = await victim.waitForFunction((from) => /** @type {any} */ (window).step > from && /** @type {any} */ (window).step, begun).then((step) => step.jsonValue());
    // In the middle of a step, or of keeping it: the page goes, the engine's worker, or the whole browser.
    if (kill % 3 === 0) await victim.close();
    else if (kill % 3 === 1) await victim.evaluate(() => /** @type {any} */ (window).engine.dispose());
    else await killBrowser();
  }
  const ended = await page.evaluate(async () => {
    const { model, goOn, base64 } = /** @type {any} */ (window);
    const run = await model.resume('killed');
    await goOn(run);
    const bytes = base64(await run.adapter().toSafetensors());
    await run.dispose();
    return bytes;
  });
  assert.equal(ended, wanted);
});

test('what was not kept before a kill is computed again, from the beginning if need be', async () => {
  const wanted = await undisturbed();
  const victim = await newPage();
  await victim.evaluate(async () => {
    const { model, settings, goOn } = /** @type {any} */ (window);
    await goOn(await model.train({ ...settings, run: 'early', checkpointEvery: 100 }), 3);
  });
  await victim.close();
  const { done, adapter } = await page.evaluate(async () => {
    const { model, goOn, base64 } = /** @type {any} */ (window);
    const run = await model.resume('early');
    const done = run.info.steps_done;
    await goOn(run);
    const adapter = base64(await run.adapter().toSafetensors());
    await run.dispose();
    return { done, adapter };
  });
  assert.equal(done, 0);
  assert.equal(adapter, wanted);
});

test('a damaged checkpoint is set aside and the one before it taken', async () => {
  const wanted = await undisturbed();
  const { done, adapter, names } = await page.evaluate(async () => {
    const { model, settings, goOn, base64 } = /** @type {any} */ (window);
    const begun = await model.train({ ...settings, run: 'damaged', checkpointEvery: 2 });
    await goOn(begun, 8);
    await begun.dispose();
    const folder = await (await (await (await navigator.storage.getDirectory()).getDirectoryHandle('loralab')).getDirectoryHandle('runs')).getDirectoryHandle('damaged');
    const writable = await (await folder.getFileHandle('checkpoint.safetensors')).createWritable({ keepExistingData: true });
    await writable.write({ type: 'write', position: 5000, data: new Uint8Array([1, 2, 3, 4]) });
    await writable.close();
    const run = await model.resume('damaged');
    const done = run.info.steps_done;
    await goOn(run);
    const names = [];
    for await (const name of /** @type {any} */ (folder).keys()) names.push(name);
    const adapter = base64(await run.adapter().toSafetensors());
    await run.dispose();
    return { done, adapter, names };
  });
  assert.equal(done, 6);
  assert.ok(names.includes('checkpoint.damaged.safetensors'));
  assert.equal(adapter, wanted);
});

test('a full storage stops a run with its last checkpoint whole, and it goes on when there is room', async () => {
  const wanted = await undisturbed();
  const session = await page.context().newCDPSession(page);
  const quota = (/** @type {number | undefined} */ quotaSize) => session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize });
  try {
    await page.evaluate(async () => {
      const { model, settings, goOn } = /** @type {any} */ (window);
      const run = await model.train({ ...settings, run: 'full', checkpointEvery: 2 });
      Object.assign(window, { run });
      await goOn(run, 5);
    });
    await quota(1000);
    const refused = await page.evaluate(async () => {
      const { engine, run, goOn } = /** @type {any} */ (window);
      const error = await goOn(run).catch((/** @type {any} */ error) => error);
      return { code: error?.code, message: error?.message, remedy: error?.remedy, step: (await engine.runs.list())[0].step };
    });
    assert.equal(refused.code, 'disk_full');
    assert.match(refused.message, /\d+ bytes/);
    assert.match(refused.remedy, /Remove/);
    assert.equal(refused.step, 4);
    await quota(undefined);
    const ended = await page.evaluate(async () => {
      const { engine, run, goOn, base64 } = /** @type {any} */ (window);
      await goOn(run);
      const [kept] = await engine.runs.list();
      const adapter = base64(await run.adapter().toSafetensors());
      await run.dispose();
      return { kept, adapter };
    });
    assert.equal(ended.adapter, wanted);
    assert.deepEqual([ended.kept.step, ended.kept.complete, ended.kept.losses.length], [14, true, 14]);
  } finally {
    await quota(undefined);
  }
});
