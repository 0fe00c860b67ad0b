// Runs that the browser keeps: what kills them, and that they end as if nothing had.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { openPage } from '../../../testing/chromium.js';
import { oracle, program } from '../helpers.js';
import { serveMoodily } from './moody-server.js';
import { gotoPackage } from './package-page.js';

const MODEL = join(oracle, 'gguf/llama-tied.Q8_0.gguf');
const CORPUS = Array.from({ length: 40 }, (_, i) => JSON.stringify({ text: `Boat ${i} came in at ${i % 12} with ${i * 7} fish.` })).join('\n');
const profile = mkdtempSync(join(tmpdir(), 'runs-'));
/** @type {Awaited<ReturnType<typeof openPage>>} */
let browser;
/** @type {Awaited<ReturnType<typeof serveMoodily>>} */
let server;
/** @type {import('playwright-core').Page} */
let page;

/** A page with an engine and the model, and functions for the tests. */
async function newPage() {
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
const undisturbed = () => page.evaluate(async () => {
  const { model, settings, goOn, base64 } = /** @type {any} */ (window);
  const run = await model.train(settings);
  await goOn(run);
  const bytes = base64(await run.adapter().toSafetensors());
  await run.dispose();
  return bytes;
});

/** Processes of the browser with this test's profile end as in a power cut. */
function killBrowser() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--user-data-dir=${profile}`)) process.kill(Number(pid), 'SIGKILL');
    } catch { /* it has ended meanwhile */ }
  }
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
    else {
      killBrowser();
      await browser.close().catch(() => {});
      browser = await openPage(chromium, profile);
      page = await newPage();
    }
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
