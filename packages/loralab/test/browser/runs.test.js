// Runs that the browser keeps.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { program } from '../helpers.js';
import { CORPUS, MODEL, newPage, page } from './runs-page.js';

test('a run with a name is kept: listed, with checkpoint, adapter and losses', async () => {
  const seen = await page.evaluate(async () => {
    const { engine, model, settings, goOn, base64, code } = /** @type {any} */ (window);
    const run = await model.train({ ...settings, run: 'boats', checkpointEvery: 5 });
    await goOn(run, 7);
    const [early] = await engine.runs.list(), earlyKept = run.keptStep;
    await goOn(run);
    const [late] = await engine.runs.list(), kept = await engine.runs.adapter('boats');
    const seen = {
      early, earlyKept, late, same: base64(await run.checkpoint()) === base64(await engine.runs.checkpoint('boats')),
      adapters: [await run.adapter().toSafetensors(), await kept.toSafetensors(), await run.adapter().toGguf(), await kept.toGguf()].map(base64),
      zip: (await kept.toPeftZip()).length, rank: (await kept.config()).r, corpus: await (await engine.runs.corpus('boats')).text(),
      again: await code(model.train({ ...settings, run: 'boats' })), bad: await code(model.train({ ...settings, run: '../x' })),
      unknown: [await code(model.resume('nothing')), await code(engine.runs.checkpoint('nothing')), await code(engine.runs.remove('nothing'))],
    };
    await run.dispose();
    await engine.runs.remove('boats');
    return { ...seen, left: await engine.runs.list() };
  });
  assert.deepEqual([seen.early.step, seen.early.steps, seen.early.complete, seen.early.open, seen.earlyKept], [5, 14, false, true, 5]);
  assert.deepEqual([seen.late.step, seen.late.complete, seen.late.id, seen.late.corpus], [14, true, 'boats', 'boats.jsonl']);
  assert.equal(seen.early.losses.length, 5);
  assert.deepEqual(seen.late.losses.map((/** @type {any} */ { step }) => step), Array.from({ length: 14 }, (_, i) => i + 1));
  assert.deepEqual(seen.late.valLosses.map((/** @type {any} */ { step }) => step), [4, 8, 12, 14]);
  assert.equal(seen.late.settings.rank, 4);
  assert.ok(seen.same);
  assert.equal(seen.adapters[0], seen.adapters[1]);
  assert.equal(seen.adapters[2], seen.adapters[3]);
  assert.ok(seen.zip > 1000);
  assert.equal(seen.rank, 4);
  assert.equal(seen.corpus, CORPUS);
  assert.equal(seen.again, 'bad_argument');
  assert.equal(seen.bad, 'bad_argument');
  assert.deepEqual(seen.unknown, ['not_found', 'not_found', 'not_found']);
  assert.deepEqual(seen.left, []);
});

test('two tabs cannot have one run', async () => {
  const other = await newPage();
  await other.evaluate(async () => {
    const { model, settings, goOn } = /** @type {any} */ (window);
    await goOn(await model.train({ ...settings, run: 'shared', checkpointEvery: 1 }), 2);
  });
  const codes = await page.evaluate(async () => {
    const { engine, model, code } = /** @type {any} */ (window);
    return [await code(model.resume('shared')), await code(engine.runs.remove('shared'))];
  });
  assert.deepEqual(codes, ['busy', 'busy']);
  await page.evaluate(() => {
    const page = /** @type {any} */ (window);
    page.engine.runs.closed('shared').then(() => { page.isClosed = true; });
  });
  assert.equal((await page.evaluate(() => /** @type {any} */ (window).engine.runs.list()))[0].open, true);
  assert.ok(!await page.evaluate(() => /** @type {any} */ (window).isClosed));
  await other.close();
  await page.waitForFunction(() => /** @type {any} */ (window).isClosed);
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).model.resume('shared').then((/** @type {any} */ run) => run.info.steps_done)), 2);
});

test('an abort keeps what was learnt; a changed corpus is refused', async () => {
  const { step, code } = await page.evaluate(async () => {
    const { engine, model, settings, code } = /** @type {any} */ (window);
    const run = await model.train({ ...settings, run: 'aborted', checkpointEvery: 100 });
    for await (const { step } of run) if (step === 3) run.abort();
    await run.dispose();
    const [{ step }] = await engine.runs.list();
    const folder = await (await (await (await navigator.storage.getDirectory()).getDirectoryHandle('loralab')).getDirectoryHandle('runs')).getDirectoryHandle('aborted');
    const writable = await (await folder.getFileHandle('corpus.jsonl')).createWritable();
    await writable.write('{"text":"another corpus, which is long enough to train on"}\n{"text":"with two lines"}');
    await writable.close();
    return { step, code: await code(model.resume('aborted')) };
  });
  assert.equal(step, 3);
  assert.equal(code, 'mismatch');
});

test('a run of the tab goes on natively, and a native one in the tab', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'loralab-'));
  const corpus = join(scratch, 'boats.jsonl'), tab = join(scratch, 'tab'), native = join(scratch, 'native');
  writeFileSync(corpus, CORPUS);
  const lab = (/** @type {string[]} */ ...options) => JSON.parse(execFileSync(program, ['train', '--model', MODEL, '--data', corpus, '--json', ...options], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    const whole = lab('--out', native, '--steps', '14', '--context', '32', '--seed', '5', '--warmup', '1', '--val-fraction', '0.1', '--eval-every', '4', '--grad-accum', '8', '--rank', '4', '--save-every', '7');
    const half = await page.evaluate(async () => {
      const { engine, model, settings, base64, goOn } = /** @type {any} */ (window);
      const run = await model.train({ ...settings, run: 'half', checkpointEvery: 7 });
      await goOn(run, 7);
      await run.dispose();
      return base64(await engine.runs.checkpoint('half'));
    });
    execFileSync('mkdir', [tab]);
    writeFileSync(join(tab, 'checkpoint.safetensors'), Buffer.from(half, 'base64'));
    const ended = lab('--resume', '--out', tab);
    assert.equal(ended.steps, 14);
    assert.ok(Math.abs(ended.loss_last - whole.loss_last) < 2e-3, `${ended.loss_last} and ${whole.loss_last}`);

    const checkpoint = readFileSync(join(native, 'checkpoint.previous.safetensors'));
    const tabs = await page.evaluate(async (text) => {
      const { engine, model, settings, goOn } = /** @type {any} */ (window);
      const run = await model.train({ corpus: settings.corpus, checkpoint: Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), run: 'native' });
      const { step } = (await engine.runs.list()).find((/** @type {any} */ { id }) => id === 'native'), done = run.info.steps_done;
      await goOn(run);
      const { losses, complete } = (await engine.runs.list()).find((/** @type {any} */ { id }) => id === 'native');
      await run.dispose();
      return { done, step, losses, complete };
    }, checkpoint.toString('base64'));
    assert.deepEqual([tabs.done, tabs.step, tabs.complete], [7, 7, true]);
    assert.ok(Math.abs(tabs.losses.at(-1).loss - whole.loss_last) < 2e-3, `${JSON.stringify(tabs.losses)} and ${whole.loss_last}`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
